import { seededRandom } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { type Bracket, type HookVerdict, runBracket } from "./bracket.ts";
import type { HookDefinition, HookHandler } from "./hook.ts";
import type { HookData } from "./hook-context.ts";
import { HookManager } from "./hook-manager.ts";
import { cancel, modify, replace, retry } from "./hook-outcome.ts";

const BEFORE = "before_call";
const AFTER = "after_call";

function setUp() {
  const clock = new VirtualClock();
  const random = seededRandom(7);
  const manager = new HookManager({}, { clock, random });
  const begun: (HookVerdict | undefined)[] = [];
  const worked: HookData[] = [];
  const add = (point: string, handler: HookHandler, settings: Partial<HookDefinition> = {}) =>
    manager.register(point, { id: "hook", handler, ...settings });
  const run = (options: Partial<Bracket> = {}) =>
    runBracket(
      manager,
      { before: BEFORE, after: AFTER, clock, ...options },
      (refusal) => {
        begun.push(refusal);
        return { asked: begun.length };
      },
      async (data) => {
        worked.push(data);
        return { answer: `of ${JSON.stringify(data)}` };
      },
    );
  return { clock, manager, begun, worked, add, run };
}

describe("runBracket", () => {
  it("does the work between the points, each seeing what the one before has changed", async () => {
    const { add, run, begun } = setUp();
    add(BEFORE, ({ data }) => modify({ asked: `${data["asked"]}!` }));
    add(AFTER, ({ data, input }) => modify({ seen: data["answer"], input }));
    expect(await run({ input: "question" })).toEqual({
      status: "completed",
      data: { answer: 'of {"asked":"1!"}', seen: 'of {"asked":"1!"}', input: "question" },
    });
    expect(begun).toEqual([undefined]);
  });

  it("does the work alone where there are no hooks", async () => {
    const bracket = { before: BEFORE, after: AFTER, clock: new VirtualClock() };
    const ended = await runBracket(
      undefined,
      bracket,
      () => ({ n: 1 }),
      async (data) => ({ got: data }),
    );
    expect(ended).toEqual({ status: "completed", data: { got: { n: 1 } } });
  });

  it.each([
    [BEFORE, 0],
    [AFTER, 1],
  ])("ends at %s where a hook cancels or replaces", async (point, works) => {
    const cancelled = setUp();
    cancelled.add(point, () => cancel("no"));
    expect(await cancelled.run()).toMatchObject({ status: "cancelled", point, hook: "hook", reason: "no" });
    expect(cancelled.worked).toHaveLength(works);
    const replaced = setUp();
    replaced.add(point, () => replace(5));
    expect(await replaced.run()).toMatchObject({ status: "replaced", point, result: 5 });
    expect(replaced.worked).toHaveLength(works);
  });

  it.each([BEFORE, AFTER])(
    "begins again from before when a hook at %s asks for it, and says who refused",
    async (point) => {
      const { add, run, begun, clock, manager } = setUp();
      const attempts: number[] = [];
      const scopes = new Set<object>();
      const note: HookHandler = ({ attempt, scope }) => {
        attempts.push(attempt);
        scopes.add(scope);
      };
      manager.register(BEFORE, { id: "note", handler: note, priority: 1 });
      add(point, ({ attempt }) => (attempt < 3 ? retry(`not ${attempt}`, { delay: "40ms" }) : undefined));
      const scope = {};
      expect(await clock.runUntil(run({ scope }))).toMatchObject({ status: "completed" });
      expect(clock.now()).toBe(80);
      expect(attempts).toEqual([1, 2, 3]);
      expect([...scopes]).toEqual([scope]);
      const refused = (attempt: number) => ({ point, hook: "hook", reason: `not ${attempt}` });
      expect(begun).toEqual([undefined, refused(1), refused(2)]);
      expect(manager.stats().find((stats) => stats.point === point)).toMatchObject({
        runs: 3,
        retried: 2,
        completed: 1,
      });
    },
  );

  it("has one scope for all runs where its caller gives none", async () => {
    const { add, run, clock } = setUp();
    const scopes: object[] = [];
    add(BEFORE, ({ scope }) => void scopes.push(scope));
    add(AFTER, ({ scope, attempt }) => {
      scopes.push(scope);
      return attempt < 2 ? retry("again") : undefined;
    });
    await clock.runUntil(run());
    expect(scopes).toHaveLength(4);
    expect(new Set(scopes).size).toBe(1);
    await clock.runUntil(run());
    expect(new Set(scopes).size).toBe(2);
  });

  it("fails when the hook asks more often than it may", async () => {
    const { add, run, clock, worked, manager } = setUp();
    add(AFTER, () => retry("never good"), { retry: { maxAttempts: 3, backoff: 1 }, onError: "fail" });
    await expect(clock.runUntil(run())).rejects.toMatchObject({
      code: "LLMSPELL_E_HOOK_FAILED",
      cause: {
        code: "LLMSPELL_E_HOOK_RETRIES",
        message: 'The hook "hook" at after_call asked for a retry after attempt 3, which was the last: never good',
      },
    });
    expect(worked).toHaveLength(3);
    expect(manager.stats()[0]?.hooks[0]).toMatchObject({ retried: 2, failed: 1, count: 3 });
  });

  it("fails for that also where onError says skip: the hook has refused what it saw", async () => {
    const { add, run, clock, worked } = setUp();
    add(AFTER, () => retry("never good"), { retry: { maxAttempts: 2 }, onError: "skip" });
    await expect(clock.runUntil(run())).rejects.toMatchObject({ cause: { code: "LLMSPELL_E_HOOK_RETRIES" } });
    expect(worked).toHaveLength(2);
  });

  it("waits no longer than maxBackoff, also where the hook names a delay", () => {
    const { add, manager } = setUp();
    add(BEFORE, () => retry("again", { delay: "1h" }), { retry: { maxBackoff: "2s" } });
    expect(manager.run(BEFORE, { data: {} })).toMatchObject({ status: "retried", delay: 2000 });
  });

  it("may never be asked again where only one attempt is allowed", () => {
    const { add, manager } = setUp();
    add(BEFORE, () => retry("again"), { retry: { maxAttempts: 1 } });
    expect(() => manager.run(BEFORE, { data: {} })).toThrow("after attempt 1, which was the last");
  });

  it("waits exponentially longer, one half of it at random, up to a bound", () => {
    const { add, manager } = setUp();
    add(BEFORE, () => retry("again"), { retry: { maxAttempts: 9, backoff: 100, maxBackoff: 500 } });
    const random = seededRandom(7);
    for (const [attempt, ceiling] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 500],
      [5, 500],
    ] as const) {
      const run = manager.run(BEFORE, { data: {}, attempt });
      expect(run).toMatchObject({ status: "retried", hook: "hook", reason: "again" });
      expect(run).toMatchObject({ delay: ceiling / 2 + (random() * ceiling) / 2 });
    }
  });

  it("takes a delay that is none for the hook's failure", () => {
    const { add, manager } = setUp();
    add(BEFORE, () => retry("again", { delay: "soon" }));
    expect(() => manager.run(BEFORE, { data: {} })).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: "LLMSPELL_E_DURATION" }) }),
    );
    expect(manager.stats()[0]?.hooks[0]).toMatchObject({ failed: 1, retried: 0, count: 1 });
  });

  it("stops waiting when the caller aborts", async () => {
    const { add, run, clock, worked } = setUp();
    add(AFTER, () => retry("again", { delay: 1000 }));
    const caller = new AbortController();
    clock.setTimeout(() => caller.abort(new Error("gone")), 300);
    await expect(clock.runUntil(run({ signal: caller.signal }))).rejects.toThrow("gone");
    expect([clock.now(), clock.pendingTimers, worked.length]).toEqual([300, 0, 1]);
  });

  it("passes on what the work throws, and does not run the point after it", async () => {
    const { add, manager, clock } = setUp();
    let isCalled = false;
    add(AFTER, () => {
      isCalled = true;
    });
    const bracket = { before: BEFORE, after: AFTER, clock };
    const broken = () => Promise.reject(new Error("broken"));
    await expect(runBracket(manager, bracket, () => ({}), broken)).rejects.toThrow("broken");
    expect(isCalled).toBe(false);
  });
});
