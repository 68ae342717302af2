import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { HookDefinition, HookHandler } from "./hook.ts";
import { HookManager, type HookManagerOptions } from "./hook-manager.ts";
import { cancel, modify, replace, retry } from "./hook-outcome.ts";
import type { HookEntry } from "./hook-run.ts";
import type { HookStrategy } from "./hook-strategy.ts";
import type { ObservedCall, ObservedRun, RunStatus } from "./instruments.ts";
import { sequentialStrategy } from "./sequential-strategy.ts";

const POINT = "before_work";

/** What a tracer keeps of a run or of a call: written down when it is over. */
interface Span {
  readonly name: string;
  readonly parent: string | undefined;
  readonly start: number;
  end?: number;
  status?: string;
  duration?: number;
}

/** Writes spans as a tracing plugin would: by the identity of what is observed. */
class Tracer {
  readonly spans: Span[] = [];
  readonly reports: (readonly HookEntry[])[] = [];
  readonly #clock: VirtualClock;
  readonly #open = new Map<ObservedRun | ObservedCall, Span>();

  constructor({ instrument }: HookManager, clock: VirtualClock) {
    this.#clock = clock;
    instrument.beforeRun.tap("tracer", (run) => this.#begin(run, run.point, undefined));
    instrument.afterRun.tap("tracer", (run, { status, duration, report }) => {
      this.#end(run, status, duration);
      this.reports.push(report);
    });
    instrument.beforeHook.tap("tracer", (call) => this.#begin(call, call.hook, this.#open.get(call.run)?.name));
    instrument.afterHook.tap("tracer", (call, { outcome }, duration) => this.#end(call, outcome, duration));
  }

  get openSpans(): readonly string[] {
    return [...this.#open.values()].map(({ name }) => name);
  }

  /** Each span as `parent > name: status`, in the order of their beginnings. */
  get lines(): readonly string[] {
    return this.spans.map(
      ({ name, parent, status }) => `${parent === undefined ? "" : `${parent} > `}${name}: ${status}`,
    );
  }

  #begin(key: ObservedRun | ObservedCall, name: string, parent: string | undefined): void {
    const span: Span = { name, parent, start: this.#clock.now() };
    this.spans.push(span);
    this.#open.set(key, span);
  }

  #end(key: ObservedRun | ObservedCall, status: RunStatus | HookEntry["outcome"], duration: number): void {
    const span = this.#open.get(key);
    if (span === undefined) throw new Error(`What ended as ${status} had not begun.`);
    Object.assign(span, { end: this.#clock.now(), status, duration });
    this.#open.delete(key);
  }
}

function setUp(options: HookManagerOptions = {}) {
  const clock = new VirtualClock();
  const manager = new HookManager(options, { clock });
  const tracer = new Tracer(manager, clock);
  const add = (id: string, handler: HookHandler, settings: Partial<HookDefinition> = {}) =>
    manager.register(POINT, { id, handler, ...settings });
  const run = async (signal?: AbortSignal) => clock.runUntil(Promise.resolve(manager.run(POINT, { data: {}, signal })));
  return { clock, manager, tracer, add, run };
}

function after(delay: number, answer: HookHandler = () => undefined): HookHandler {
  return async (context) => {
    await context.clock.sleep(delay, context.signal);
    return answer(context);
  };
}

const fail: HookHandler = () => {
  throw new Error("broken");
};

describe("a tracer of hook points", () => {
  it("cost nothing before somebody taps in, and let every run be seen from then on", () => {
    const clock = new VirtualClock();
    const manager = new HookManager({}, { clock });
    manager.register(POINT, { id: "a", handler: () => undefined });
    expect(manager.instrument.isUsed).toBe(false);
    for (let n = 0; n < 10; n++) void manager.run(POINT, { data: {} });
    expect(manager.stats()[0]?.duration.count).toBe(1);
    const tracer = new Tracer(manager, clock);
    expect(manager.instrument.isUsed).toBe(true);
    for (let n = 0; n < 10; n++) void manager.run(POINT, { data: {} });
    expect(tracer.spans).toHaveLength(20);
    expect(manager.stats()[0]?.duration.count).toBe(11);
    expect(manager.stats()[0]?.hooks[0]?.duration.count).toBe(11);
  });

  it("pair each run and each call, with what became of it and how long it took", async () => {
    const { tracer, add, run } = setUp();
    add("quick", () => undefined, { priority: 2 });
    add(
      "slow",
      after(30, () => modify({ n: 1 })),
      { priority: 1 },
    );
    add("broken", fail, { onError: "skip" });
    await run();
    expect(tracer.spans).toEqual([
      { name: POINT, parent: undefined, start: 0, end: 30, status: "completed", duration: 30 },
      { name: "quick", parent: POINT, start: 0, end: 0, status: "continued", duration: 0 },
      { name: "slow", parent: POINT, start: 0, end: 30, status: "modified", duration: 30 },
      { name: "broken", parent: POINT, start: 30, end: 30, status: "failed", duration: 0 },
    ]);
    expect(tracer.openSpans).toEqual([]);
  });

  it("tell runs apart that overlap", async () => {
    const { clock, manager, tracer, add } = setUp();
    add("slow", after(10));
    const runs = [manager.run(POINT, { data: {} }), manager.run(POINT, { data: {} })];
    await clock.runUntil(Promise.all(runs));
    expect(tracer.lines).toEqual([
      `${POINT}: completed`,
      `${POINT} > slow: continued`,
      `${POINT}: completed`,
      `${POINT} > slow: continued`,
    ]);
    expect(tracer.openSpans).toEqual([]);
  });

  it("see calls that run at once, each with its own duration", async () => {
    const { tracer, add, run } = setUp();
    add("a", after(10), { mode: "parallel" });
    add("b", after(20), { mode: "parallel" });
    add("c", after(5), { mode: "asynchronous" });
    await run();
    expect(tracer.spans.map(({ name, duration }) => [name, duration])).toEqual([
      [POINT, 25],
      ["a", 10],
      ["b", 20],
      ["c", 5],
    ]);
  });

  it.each<[string, HookHandler, string, string]>([
    ["replaced", () => replace(1), "replaced", "replaced"],
    ["cancelled", () => cancel("no"), "cancelled", "cancelled"],
    ["retried", () => retry("again"), "retried", "retried"],
    ["failed", fail, "failed", "failed"],
  ])("see a run that ends as %s", async (_, handler, outcome, status) => {
    const { tracer, add, run } = setUp();
    add("a", handler);
    add("b", () => undefined);
    await run().catch(() => undefined);
    expect(tracer.lines).toEqual([`${POINT}: ${status}`, `${POINT} > a: ${outcome}`]);
    expect(tracer.reports[0]).toMatchObject([{ hook: "a" }, { hook: "b", outcome: "skipped", reason: "run_ended" }]);
    expect(tracer.openSpans).toEqual([]);
  });

  it("do not see calls of hooks that are left out; the report has them", async () => {
    const { tracer, add, run } = setUp();
    add("unmet", () => undefined, { condition: () => false });
    add("broken", fail, { onError: "skip" });
    add("dependent", () => undefined, { dependsOn: ["broken"] });
    await run();
    expect(tracer.lines).toEqual([`${POINT}: completed`, `${POINT} > broken: failed`]);
    expect(tracer.reports[0]).toMatchObject([
      { hook: "unmet", reason: "condition" },
      { hook: "broken", outcome: "failed" },
      { hook: "dependent", reason: "dependency" },
    ]);
  });

  it("see a hook that does not answer in time end when its timeout is over", async () => {
    const { tracer, add, run } = setUp();
    add("slow", after(50), { timeout: 20, onError: "skip" });
    await run();
    expect(tracer.spans[1]).toMatchObject({ name: "slow", status: "failed", duration: 20, end: 20 });
    expect(tracer.openSpans).toEqual([]);
  });

  it("see that a background hook was started", async () => {
    const { manager, tracer, add, run } = setUp();
    add("later", after(50), { mode: "background" });
    await run();
    expect(tracer.lines).toEqual([`${POINT}: completed`, `${POINT} > later: started`]);
    expect(tracer.openSpans).toEqual([]);
    expect(manager.stats()[0]?.hooks[0]?.pending).toBe(1);
  });

  it("see a run that the caller has given up before it began", async () => {
    const { tracer, add, run } = setUp();
    add("a", () => undefined);
    await expect(run(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(tracer.lines).toEqual([`${POINT}: aborted`]);
    expect(tracer.openSpans).toEqual([]);
  });

  it("see a call end that is given up at the point's deadline", async () => {
    const { tracer, add, run } = setUp({ pointOptions: { [POINT]: { deadline: 10 } } });
    add("slow", after(50), { onError: "skip" });
    await run();
    expect(tracer.openSpans).toEqual([]);
  });

  it("see a call end that is given up with its caller", async () => {
    const { clock, tracer, add, run } = setUp();
    add("slow", after(50));
    const controller = new AbortController();
    clock.setTimeout(() => controller.abort(), 5);
    await run(controller.signal).catch(() => undefined);
    expect(tracer.openSpans).toEqual([]);
  });

  it("see a call end that is given up when another hook ends the run", async () => {
    const { tracer, add, run } = setUp();
    add("slow", after(50), { mode: "parallel" });
    add(
      "guard",
      after(5, () => cancel("no")),
      { mode: "parallel" },
    );
    await run();
    expect(tracer.openSpans).toEqual([]);
  });

  it("see a call end for which a strategy's budget has run out", async () => {
    const clock = new VirtualClock();
    const manager = new HookManager({}, { clock, strategy: withinBudget(10) });
    const tracer = new Tracer(manager, clock);
    manager.register(POINT, { id: "slow", handler: after(50) });
    await clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
    expect(tracer.openSpans).toEqual([]);
  });

  it("see the call that ends a run end before it", async () => {
    const { manager, add, run } = setUp();
    const ends: string[] = [];
    manager.instrument.afterHook.tap("test", ({ hook }) => ends.push(hook));
    manager.instrument.afterRun.tap("test", ({ point }) => ends.push(point));
    add("guard", () => cancel("no"));
    await run();
    expect(ends).toEqual(["guard", POINT]);
  });
});

/** A strategy that gives each hook `limit` milliseconds. */
function withinBudget(limit: number): HookStrategy {
  return {
    ...sequentialStrategy,
    callsInPlanOrder: false,
    compile: ({ steps }) => {
      return (execution) => {
        let next = 0;
        const proceed = () => {
          while (next < steps.length && execution.callStep(steps[next++] ?? [], proceed, limit));
        };
        proceed();
      };
    },
  };
}
