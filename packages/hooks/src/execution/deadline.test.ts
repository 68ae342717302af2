import { parallelStrategy } from "@llmspell/plugin-hook-strategies";
import { VirtualClock } from "@llmspell/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import type { HookDefinition, HookHandler } from "../hook.ts";
import type { HookContext, HookData } from "../hook-context.ts";
import { HookManager } from "../hook-manager.ts";
import { modify } from "../hook-outcome.ts";
import { sequentialStrategy } from "../sequential-strategy.ts";

const POINT = "after_work";
const DEADLINE = 50;

let isMeasured = true;
let strategy = sequentialStrategy;

function setUp(onConflict: "error" | "first" | "last" = "error") {
  const clock = new VirtualClock();
  const pointOptions = { [POINT]: { deadline: DEADLINE, onConflict } };
  const manager = new HookManager({ pointOptions }, { clock, strategy });
  if (!isMeasured) {
    using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
    void manager.run(POINT, { data: {} });
  }
  const add = (id: string, handler: HookHandler, settings: Partial<HookDefinition> = {}) =>
    manager.register(POINT, { id, handler, ...settings });
  const run = (data: HookData = {}) => clock.runUntil(Promise.resolve(manager.run(POINT, { data })));
  const statsOf = (id: string) => manager.stats()[0]?.hooks.find((hook) => hook.id === id);
  const reasonOf = (id: string) => Object.entries(statsOf(id)?.skipped ?? {}).find(([, count]) => count > 0)?.[0];
  return { manager, clock, add, run, statsOf, reasonOf };
}

/** Answers after a while of virtual time, whatever its signal says. */
function deaf(delay: number, answer: HookHandler = () => undefined): HookHandler {
  return (context) => context.clock.sleep(delay).then(() => answer(context));
}

/** Answers after a while, or rejects as soon as its signal aborts. */
function obedient(delay: number): HookHandler {
  return ({ clock, signal }) => clock.sleep(delay, signal);
}

const ways = [true, false].flatMap((measured) =>
  [sequentialStrategy, parallelStrategy].map(
    (way) => [way.name, measured ? "measured" : "not measured", way, measured] as const,
  ),
);

describe.each(ways)("a deadline, %s, %s", (_, __, way, measured) => {
  beforeAll(() => {
    isMeasured = measured;
    strategy = way;
  });

  it("leaves out what has not answered, merges what has, and drops what comes late", async () => {
    const { add, run, statsOf, reasonOf, manager, clock } = setUp();
    add("quick", async () => modify({ quick: true }));
    add(
      "slow",
      deaf(80, () => modify({ slow: true })),
      { dependsOn: ["quick"] },
    );
    add("after", () => modify({ after: true }), { dependsOn: ["slow"] });
    const result = await run({ n: 1 });
    expect(clock.now()).toBe(DEADLINE);
    expect(result).toMatchObject({ status: "completed", data: { n: 1, quick: true } });
    expect(Object.keys(result.data)).toEqual(["n", "quick"]);
    expect([reasonOf("slow"), reasonOf("after")]).toEqual(["deadline", "deadline"]);
    expect(statsOf("slow")).toMatchObject({ unresponsive: 1, late: 0, pending: 0 });
    expect(manager.stats()[0]).toMatchObject({ overdue: 1, pending: 0, failed: 0 });
    await clock.advance(100);
    expect(statsOf("slow")).toMatchObject({ unresponsive: 0, late: 1, modified: 0, count: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("fails the run closed where a guard has not answered, with the guards' names", async () => {
    const { add, run, reasonOf, manager, clock } = setUp();
    add("looks_on", obedient(80), { mode: "asynchronous" });
    add("guard", obedient(80), { onError: "fail" });
    add("must", () => undefined, { required: true, dependsOn: ["guard"] });
    await expect(run()).rejects.toMatchObject({
      code: "LLMSPELL_E_HOOK_DEADLINE",
      message: "The hooks at after_work had not all answered after 50 ms; still awaited: guard, must.",
    });
    expect(["looks_on", "guard", "must"].map(reasonOf)).toEqual(["deadline", "deadline", "deadline"]);
    expect(manager.stats()[0]).toMatchObject({ overdue: 1, failed: 1, pending: 0 });
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("aborts the signal of what it does not wait for; what obeys is neither late nor unresponsive", async () => {
    const { add, run, statsOf, clock } = setUp();
    add("slow", obedient(1000));
    await run();
    await clock.advance(0);
    expect(statsOf("slow")).toMatchObject({ unresponsive: 0, late: 0, count: 1, failed: 0 });
  });

  it("has no effect on a run that ends before, and leaves no timer", async () => {
    const { add, run, manager, clock } = setUp();
    add(
      "slow",
      deaf(20, () => modify({ n: 2 })),
      { timeout: 40 },
    );
    expect(await run()).toMatchObject({ status: "completed", data: { n: 2 } });
    expect(clock.pendingTimers).toBe(0);
    expect(manager.stats()[0]).toMatchObject({ overdue: 0 });
  });

  it("counts from the beginning of the run, also through what is synchronous", async () => {
    const { add, run, clock } = setUp();
    add("busy", () => {
      Object.assign(clock, { now: () => 30 });
    });
    add("slow", deaf(1000));
    const start = VirtualClock.prototype.now.call(clock);
    await run();
    expect(VirtualClock.prototype.now.call(clock) - start).toBe(DEADLINE - 30);
  });

  it("does not hold a background hook", async () => {
    const { add, run, statsOf, clock } = setUp();
    let signal: AbortSignal | undefined;
    add(
      "audit",
      (context: HookContext) => {
        ({ signal } = context);
        return context.clock.sleep(200);
      },
      { mode: "background" },
    );
    add("slow", obedient(100));
    await run();
    expect(signal?.aborted).toBe(false);
    await clock.advance(200);
    expect(statsOf("audit")).toMatchObject({ continued: 1, late: 0 });
  });

  it("merges each change once: what was merged before the deadline is no conflict", async () => {
    const { add, run } = setUp();
    const group = { mode: "parallel", group: "g" } as const;
    add("first", async () => modify({ n: 1, first: true }), group);
    add("second", async () => modify({ second: true }), group);
    add("then", async () => modify({ n: 2 }), { dependsOn: way === sequentialStrategy ? [] : ["first"] });
    add("slow", obedient(100), { priority: -1 });
    expect((await run()).data).toEqual({ n: 2, first: true, second: true });
  });

  it("fails where what has been answered is in conflict", async () => {
    const { add, run, reasonOf, manager } = setUp();
    const group = { mode: "parallel", group: "g" } as const;
    add("first", async () => modify({ n: 1 }), group);
    add("second", async () => modify({ n: 2 }), group);
    add("slow", obedient(100), group);
    await expect(run()).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_CONFLICT" });
    expect(reasonOf("slow")).toBe("deadline");
    expect(manager.stats()[0]).toMatchObject({ failed: 1, overdue: 1, conflicts: 0 });
  });
});
