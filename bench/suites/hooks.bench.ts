// What running a hook point costs, with hooks that do nothing, beside what else calls lists and graphs of functions.
import { type HookDefinition, modify } from "@llmspell/hooks";
import { parallelStrategy } from "@llmspell/plugin-hook-strategies";
import { auto } from "async";
import { Hookable, HookableCore } from "hookable";
import { PGraph } from "p-graph";
import { AsyncParallelHook, AsyncSeriesHook, SyncHook } from "tapable";
import type { Comparison, Goal } from "../comparison.ts";
import {
  countMessages,
  isolateByCopy,
  isolateByDraft,
  isolateByProxy,
  type WritingHook,
  writingHooks,
} from "../hooks/isolation-peers.ts";
import { assertSynchronous, managerOf, POINT } from "../hooks/managers.ts";
import { asyncNoOps, conversation, largeNoOps, type NoOp, randomGraph } from "../hooks/no-op-hooks.ts";
import { timeAwaitedCall, timeCall, timeWithPreparation } from "../timing.ts";

const SIZES = [1, 10, 50, 100] as const;
const GRAPH = 100;

const atMost = (ratio: number): Goal => ({
  text: `<= ${ratio} x peer`,
  isMet: (ours, peer) => ours <= ratio * peer,
});
const below = (limit: number, unit: Comparison["unit"]): Goal => ({
  text: `<= ${limit} ${unit}`,
  isMet: (ours) => ours <= limit,
});
/** For comparison only. */
const none: Goal = { text: "none at this size", isMet: () => true };
const both = (first: Goal, second: Goal): Goal => ({
  text: `${first.text} and ${second.text}`,
  isMet: (ours, peer) => first.isMet(ours, peer) && second.isMet(ours, peer),
});

export const comparisons: readonly Comparison[] = [
  ...SIZES.flatMap(synchronousRun),
  {
    ...synchronous(100),
    peerName: "hookable Hookable",
    peer: () => timeHookable(100, new Hookable()),
    goal: atMost(0.25),
  },
  inSequence(10, below(75, "ns")),
  inSequence(100, both(below(75, "ns"), atMost(0.65))),
  atOnce(100),
  ...graphs(),
  ...isolation(10),
  ...isolation(50),
  statistics(100),
  planning(100),
];

/** A run of hooks that answer at once, beside each peer; the absolute goal stands with the bare loop. */
function synchronousRun(count: number): readonly Comparison[] {
  const row = synchronous(count);
  return [
    {
      ...row,
      peerName: "bare loop",
      peer: () => timeLoop(largeNoOps(count)),
      goal: below(50 + 5 * count, "ns"),
    },
    {
      ...row,
      peerName: "tapable SyncHook",
      peer: () => timeSyncHook(largeNoOps(count)),
      goal: atMost(count === 100 ? 0.65 : 1),
    },
    {
      ...row,
      peerName: "hookable HookableCore",
      peer: () => timeHookable(count, new HookableCore()),
      goal: count === 100 ? atMost(0.25) : none,
    },
  ];
}

function synchronous(count: number) {
  return { name: `run of ${count} synchronous hooks`, unit: "ns", ours: () => timeRun(largeNoOps(count)) } as const;
}

function timeRun(handlers: readonly NoOp[]): number {
  const manager = managerOf(handlers.map((handler) => ({ handler })));
  assertSynchronous(manager);
  const data = {};
  return timeCall(() => manager.run(POINT, { data }));
}

function timeLoop(handlers: readonly NoOp[]): number {
  const data = {};
  return timeCall(() => {
    const context = { data };
    for (const handler of handlers) if (handler(context) !== undefined) return context;
    return undefined;
  });
}

function timeSyncHook(handlers: readonly NoOp[]): number {
  const hook = new SyncHook<[unknown]>(["context"]);
  for (const [index, handler] of handlers.entries()) hook.tap(`h${index}`, handler);
  const data = {};
  return timeCall(() => hook.call({ data }));
}

type PointHooks = Record<string, (context: unknown) => void>;

function timeHookable(count: number, hooks: HookableCore<PointHooks> | Hookable<PointHooks>): number {
  for (const handler of largeNoOps(count)) hooks.hook(POINT, handler);
  const data = {};
  return timeCall(() => hooks.callHook(POINT, { data }));
}

/** Nanoseconds a hook. */
function inSequence(count: number, goal: Goal): Comparison {
  return {
    name: `${count} asynchronous hooks in sequence, a hook`,
    unit: "ns",
    peerName: "tapable AsyncSeriesHook",
    ours: () => timeAwaitedRun(asyncNoOps(count).map((handler) => ({ handler }))),
    async peer() {
      const hook = new AsyncSeriesHook<[unknown]>(["context"]);
      for (const [index, handler] of asyncNoOps(count).entries()) hook.tapPromise(`h${index}`, handler);
      const data = {};
      return (await timeAwaitedCall(() => hook.promise({ data }))) / count;
    },
    goal,
  };
}

/** Nanoseconds a hook. */
function atOnce(count: number): Comparison {
  return {
    name: `${count} asynchronous hooks at once, a hook`,
    unit: "ns",
    peerName: "tapable AsyncParallelHook",
    ours: () => timeAwaitedRun(asyncNoOps(count).map((handler) => ({ handler, mode: "parallel" }))),
    async peer() {
      const hook = new AsyncParallelHook<[unknown]>(["context"]);
      for (const [index, handler] of asyncNoOps(count).entries()) hook.tapPromise(`h${index}`, handler);
      const data = {};
      return (await timeAwaitedCall(() => hook.promise({ data }))) / count;
    },
    goal: atMost(0.6),
  };
}

async function timeAwaitedRun(hooks: readonly Omit<HookDefinition, "id">[]): Promise<number> {
  const manager = managerOf(hooks);
  const data = {};
  return (await timeAwaitedCall(() => manager.run(POINT, { data }))) / hooks.length;
}

/** A random graph of asynchronous hooks, each started when those it depends on have answered; nanoseconds a hook. */
function graphs(): readonly Comparison[] {
  const row = {
    name: `dependency graph of ${GRAPH} asynchronous hooks, a hook`,
    unit: "ns",
    async ours() {
      const manager = managerOf(graphOf(asyncNoOps(GRAPH)), parallelStrategy);
      const data = {};
      return (await timeAwaitedCall(() => manager.run(POINT, { data }))) / GRAPH;
    },
    goal: below(120, "ns"),
  } as const;
  return [
    {
      ...row,
      peerName: "async.auto",
      async peer() {
        const graph = randomGraph(GRAPH);
        const tasks = Object.fromEntries(
          asyncNoOps(GRAPH).map((handler, index) => [`h${index}`, [...namesOf(graph[index]), handler]]),
        );
        return (await timeAwaitedCall(() => auto(tasks as Parameters<typeof auto>[0]))) / GRAPH;
      },
    },
    {
      ...row,
      peerName: "p-graph",
      async peer() {
        const graph = processGraph(asyncNoOps(GRAPH));
        return (await timeAwaitedCall(() => graph.run())) / GRAPH;
      },
    },
  ];
}

function graphOf(handlers: readonly HookDefinition["handler"][]): readonly Omit<HookDefinition, "id">[] {
  const graph = randomGraph(handlers.length);
  return handlers.map((handler, index) => ({ handler, dependsOn: namesOf(graph[index]) }));
}

function processGraph(handlers: readonly (() => Promise<undefined>)[]): PGraph {
  const nodes = new Map(handlers.map((run, index) => [`h${index}`, { run }]));
  const edges = randomGraph(handlers.length).flatMap((links, index) =>
    namesOf(links).map((name): [string, string] => [name, `h${index}`]),
  );
  return new PGraph(nodes, edges);
}

function namesOf(places: readonly number[] = []): readonly string[] {
  return places.map((place) => `h${place}`);
}

/**
 * Hooks at once on 20 KB of data, each with a change of its own that no other sees; nanoseconds a hook. The data are the
 * same in every run, as they are for the hook points that follow the first: freezing what is new is paid once, not by the hook.
 */
function isolation(count: number): readonly Comparison[] {
  const row = {
    name: `${count} parallel hooks that each change 20 KB of data, a hook`,
    unit: "ns",
    ours() {
      const changing = (_: unknown, index: number): Omit<HookDefinition, "id"> => ({
        mode: "parallel",
        handler: ({ data }) => modify({ [`found${index}`]: { of: countMessages(data), score: index } }),
      });
      const manager = managerOf(Array.from({ length: count }, changing));
      const data = conversation();
      return timeCall(() => manager.run(POINT, { data })) / count;
    },
    goal: below(300, "ns"),
  } as const;
  const peer = (isolate: (data: Record<string, unknown>, hooks: readonly WritingHook[]) => unknown) => () => {
    const data = conversation();
    const hooks = writingHooks(count);
    return timeCall(() => isolate(data, hooks)) / count;
  };
  return [
    { ...row, peerName: "structuredClone for each", peer: peer(isolateByCopy) },
    { ...row, peerName: "immer produce for each", peer: peer(isolateByDraft) },
    { ...row, peerName: "Proxy for each", peer: peer(isolateByProxy) },
  ];
}

/**
 * What it costs that every run is counted and one in 64 measured hook by hook: the difference between a run and the same calls
 * with nothing around them. What else a run does (its context, its report) is in the difference too, so it is an
 * upper bound. Nanoseconds a hook.
 */
function statistics(count: number): Comparison {
  return {
    name: `${count} synchronous hooks with statistics always on, a hook`,
    unit: "ns",
    peerName: "the same calls in generated code, without run",
    ours: () => timeRun(largeNoOps(count)) / count,
    peer: () => timeBareChain(largeNoOps(count)) / count,
    goal: { text: "<= peer + 2 ns", isMet: (ours, peer) => ours <= peer + 2 },
  };
}

/** Generated functions of 32 calls each: the quickest way that we know to call functions one after the other. */
function timeBareChain(handlers: readonly NoOp[]): number {
  const chunks = Array.from({ length: Math.ceil(handlers.length / 32) }, (_, chunk) => {
    const members = handlers.slice(chunk * 32, (chunk + 1) * 32);
    const names = members.map((_, index) => `h${index}`);
    const calls = names.map((name) => `if (${name}(context) !== undefined) return true;`);
    const make = new Function(...names, `return (context) => { ${calls.join("\n")} return false; }`);
    return make(...members) as (context: unknown) => boolean;
  });
  const data = {};
  return timeCall(() => {
    const context = { data };
    for (const chunk of chunks) if (chunk(context)) return context;
    return undefined;
  });
}

/** Only the plan: hooks are registered before, which plans nothing. */
function planning(count: number): Comparison {
  return {
    name: `plan of ${count} hooks`,
    unit: "ms",
    peerName: "p-graph constructor",
    ours() {
      const hooks = graphOf(largeNoOps(count));
      return (
        timeWithPreparation(
          () => managerOf(hooks),
          (manager) => manager.plan(POINT),
        ) / 1e6
      );
    },
    peer() {
      const handlers = asyncNoOps(count);
      return (
        timeWithPreparation(
          () => handlers,
          () => processGraph(handlers),
        ) / 1e6
      );
    },
    goal: below(0.2, "ms"),
  };
}
