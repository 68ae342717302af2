import { type Random, seededRandom } from "@llmspell/base";
import {
  cancel,
  type HookContext,
  type HookDefinition,
  HookManager,
  type HookRun,
  type HookStrategy,
  modify,
  replace,
} from "@llmspell/hooks";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../virtual-clock.ts";

const POINT = "before_work";

/** How one hook of a random graph behaves. */
interface Behaviour {
  readonly dependsOn: readonly number[];
  readonly priority: number;
  readonly mode: "synchronous" | "asynchronous" | "parallel";
  /** Virtual milliseconds; `undefined` to answer at once. */
  readonly delay: number | undefined;
  readonly answer: "continue" | "modify" | "fail" | "skip" | "condition" | "cancel" | "replace";
}

/** What hooks did, in order: `start h1`, `finish h1`. */
type Trace = string[];

/**
 * What every hook strategy must do, whatever it decides: hooks wait for those they depend on, each is accounted for
 * exactly once, nothing starts after a run has ended, and a run needs no promise when no hook does.
 *
 * @param create makes a strategy for one test
 */
export function describeHookStrategy(name: string, create: () => HookStrategy): void {
  describe(`hook strategy ${name}`, () => {
    it("has a name", () => {
      expect(create().name).toBe(name);
    });

    it("runs a point whose hooks have all been removed", () => {
      const { manager } = setUp(create());
      manager.register(POINT, { id: "a", handler: () => undefined })[Symbol.dispose]();
      expect(manager.run(POINT, { data: { n: 1 } })).toEqual({ status: "completed", data: { n: 1 }, report: [] });
    });

    it("makes no promise when every hook answers at once", () => {
      const { manager, trace } = setUp(create());
      register(manager, trace, [behaviour(), behaviour({ dependsOn: [0], answer: "modify" }), behaviour()]);
      const run = manager.run(POINT, { data: {} });
      expect(run).not.toBeInstanceOf(Promise);
      expect(run).toMatchObject({ status: "completed", data: { h1: { by: "h1" } } });
    });

    it("shows a hook what those it depends on have changed", async () => {
      const { manager, clock } = setUp(create());
      const seen: unknown[] = [];
      const note = ({ data }: HookContext) => {
        seen.push(data);
      };
      manager.register(POINT, { id: "last", dependsOn: ["middle"], handler: note });
      manager.register(POINT, { id: "middle", dependsOn: ["first"], handler: () => modify({ a: { y: 2 } }) });
      manager.register(POINT, {
        id: "first",
        handler: async (context) => {
          await context.clock.sleep(5);
          return modify({ a: { x: 1 } });
        },
      });
      await clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
      expect(seen).toEqual([{ a: { x: 1, y: 2 } }]);
    });

    it("stops when the caller gives up", async () => {
      const { manager, clock, trace } = setUp(create());
      register(manager, trace, [behaviour({ delay: 10 }), behaviour({ dependsOn: [0] })]);
      const caller = new AbortController();
      const run = manager.run(POINT, { data: {}, signal: caller.signal });
      caller.abort(new Error("gone"));
      await expect(run).rejects.toThrow("gone");
      await clock.advance(100);
      expect(trace).toEqual(["start h0", "finish h0"]);
    });

    it.each(Array.from({ length: 20 }, (_, seed) => seed))(
      "calls hooks that answer at once by priority, seed %i",
      (seed) => {
        const { manager, trace } = setUp(create());
        const immediate = { mode: "synchronous", delay: undefined, answer: "continue" } as const;
        const hooks = randomBehaviours(seededRandom(seed)).map((hook) => ({ ...hook, ...immediate }));
        register(manager, trace, hooks);
        void manager.run(POINT, { data: {} });
        const planned = manager.plan(POINT)?.hooks.map(({ id }) => `start ${id}`) ?? [];
        expect(trace.filter((step) => step.startsWith("start"))).toEqual(planned);
      },
    );

    it.each(Array.from({ length: 100 }, (_, seed) => seed))(
      "keeps its word for random hooks, seed %i",
      async (seed) => {
        await checkRun(create(), randomBehaviours(seededRandom(seed)));
      },
    );
  });
}

function setUp(strategy: HookStrategy) {
  const clock = new VirtualClock();
  const trace: Trace = [];
  return { clock, trace, manager: new HookManager({}, { clock, strategy }) };
}

function behaviour(settings: Partial<Behaviour> = {}): Behaviour {
  return { dependsOn: [], priority: 0, mode: "synchronous", delay: undefined, answer: "continue", ...settings };
}

/** Up to 25 hooks, each depending on some that were registered before it. */
function randomBehaviours(random: Random): readonly Behaviour[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <Item>(...items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0];
  return Array.from({ length: below(26) }, (_, place) => ({
    dependsOn: place === 0 ? [] : Array.from({ length: below(4) }, () => below(place)),
    priority: below(5) - 2,
    mode: oneOf("synchronous", "asynchronous", "parallel"),
    delay: oneOf(undefined, below(20)),
    answer: below(15) === 0 ? oneOf("fail", "cancel", "replace") : oneOf("continue", "modify", "skip", "condition"),
  }));
}

function register(manager: HookManager, trace: Trace, behaviours: readonly Behaviour[]): void {
  for (const [place, one] of behaviours.entries()) manager.register(POINT, definitionOf(`h${place}`, one, trace));
}

function definitionOf(
  id: string,
  { answer, delay, dependsOn, mode, priority }: Behaviour,
  trace: Trace,
): HookDefinition {
  const finish = () => {
    trace.push(`finish ${id}`);
    if (answer === "fail" || answer === "skip") throw new Error("broken");
    if (answer === "cancel") return cancel("no");
    if (answer === "replace") return replace(id);
    return answer === "modify" ? modify({ [id]: { by: id } }) : undefined;
  };
  return {
    id,
    priority,
    mode,
    dependsOn: dependsOn.map((dependency) => `h${dependency}`),
    onError: answer === "fail" ? "fail" : "skip",
    condition: () => answer !== "condition",
    handler: (context) => {
      trace.push(`start ${id}`);
      return delay === undefined ? finish() : context.clock.sleep(delay).then(finish);
    },
  };
}

async function checkRun(strategy: HookStrategy, behaviours: readonly Behaviour[]): Promise<void> {
  const { manager, clock, trace } = setUp(strategy);
  register(manager, trace, behaviours);
  const running = Promise.resolve().then(() => manager.run(POINT, { data: {} }));
  const result = await clock.runUntil(running.catch((error: Error) => error));
  const callsInTime = trace.filter((step) => step.startsWith("start")).length;
  await clock.advance(1000);
  const calls = trace.filter((step) => step.startsWith("start"));
  expect(calls, "nothing starts after the run has ended").toHaveLength(callsInTime);
  expect(new Set(calls).size, "no hook is called twice").toBe(calls.length);
  for (const hook of manager.stats()[0]?.hooks ?? []) {
    expect(hook, "each hook is accounted for exactly once").toMatchObject({ count: 1, pending: 0 });
  }
  checkOrder(trace, behaviours);
  if (result instanceof Error) expect(result).toMatchObject({ code: "LLMSPELL_E_HOOK_FAILED" });
  else checkReport(result, behaviours);
}

/** No hook starts before those that it depends on and that were called at all have answered. */
function checkOrder(trace: readonly string[], behaviours: readonly Behaviour[]): void {
  for (const [place, { dependsOn }] of behaviours.entries()) {
    const start = trace.indexOf(`start h${place}`);
    for (const dependency of start < 0 ? [] : dependsOn) {
      if (!trace.includes(`start h${dependency}`)) continue;
      expect(trace.slice(0, start), "dependencies have answered first").toContain(`finish h${dependency}`);
    }
  }
}

function checkReport(run: HookRun, behaviours: readonly Behaviour[]): void {
  expect(run.report.map((entry) => entry.hook).sort()).toEqual(behaviours.map((_, place) => `h${place}`).sort());
  if (run.status !== "completed") return;
  expect(run.report).not.toContainEqual(expect.objectContaining({ reason: "run_ended" }));
  const modified = run.report.filter((entry) => entry.outcome === "modified").map((entry) => entry.hook);
  expect(run.data, "every change is merged").toEqual(Object.fromEntries(modified.map((id) => [id, { by: id }])));
}
