import { cancel, type HookHandler, type HookStrategy, modify, replace, retry } from "@llmspell/hooks";
import { describe, expect, it } from "vitest";
import { POINT, setUp } from "./trial.ts";

const broken = () => {
  throw new Error("broken");
};

/** What ends a run, and what becomes of the hook that does it. */
const ENDS: readonly (readonly [name: string, answer: HookHandler, outcome: string])[] = [
  ["cancels", () => cancel("no"), "cancelled"],
  ["replaces", () => replace(1), "replaced"],
  ["retries", () => retry("again"), "retried"],
  ["fails", broken, "failed"],
];

/** How a run ends before all of its hooks are done: by one of them, by its caller, by the point's deadline. */
export function describeEndings(create: () => HookStrategy, isMeasured: boolean): void {
  describe("nothing runs on", () => {
    it.each(ENDS)("after a hook that %s at once", async (_, handler, outcome) => {
      const { add, run, outcomes, started } = setUp(create(), isMeasured);
      add("end", { handler, priority: 1, onError: "fail" });
      add("next", { dependsOn: ["end"] });
      add("guard", { dependsOn: ["end"], required: true });
      const end = await run();
      expect("run" in end ? end.run.status : "failed").toBe(outcome);
      expect(outcomes()).toEqual({ end: outcome, next: "skipped: run_ended", guard: "skipped: run_ended" });
      expect(started()).toEqual(["end"]);
    });

    it.each(ENDS)("after a hook that %s later, and those that do are told to stop", async (_, answer, outcome) => {
      const { add, run, settle, statsOf, outcomes, started, clock } = setUp(create(), isMeasured);
      const group = { mode: "parallel", group: "g" } as const;
      let signal: AbortSignal | undefined;
      add("slow", {
        ...group,
        handler: (context) => {
          ({ signal } = context);
          return context.clock.sleep(60).then(() => modify({ late: true }));
        },
      });
      const handler: HookHandler = (context) => context.clock.sleep(10).then(() => answer(context));
      add("end", { ...group, handler, onError: "fail" });
      add("next", { dependsOn: ["end"] });
      const end = await run();
      expect(clock.now()).toBe(10);
      expect("run" in end ? end.run.data : {}).toEqual({});
      expect(signal?.aborted).toBe(true);
      await settle();
      expect(outcomes()).toEqual({ slow: "skipped: run_ended", end: outcome, next: "skipped: run_ended" });
      expect(statsOf("slow")).toMatchObject({ late: 1, pending: 0, unresponsive: 0 });
      expect(started().toSorted()).toEqual(["end", "slow"]);
    });
  });

  describe("a caller who gives up", () => {
    it("before the run starts no hook", () => {
      const { manager, add, outcomes, started } = setUp(create(), isMeasured);
      add("a");
      add("b", { required: true });
      expect(() => manager.run(POINT, { data: {}, signal: AbortSignal.abort(new Error("gone")) })).toThrow("gone");
      expect(started()).toEqual([]);
      expect(outcomes()).toEqual({ a: "skipped: aborted", b: "skipped: aborted" });
    });

    it("ends the run at once, and no hook starts then", async () => {
      const { manager, clock, add, settle, outcomes, started } = setUp(create(), isMeasured);
      add("slow", { handler: (context) => context.clock.sleep(10), required: true });
      add("next", { dependsOn: ["slow"], required: true });
      const caller = new AbortController();
      const run = manager.run(POINT, { data: {}, signal: caller.signal });
      await clock.advance(5);
      caller.abort(new Error("gone"));
      await expect(run).rejects.toThrow("gone");
      expect(clock.now()).toBe(5);
      await settle();
      expect(started()).toEqual(["slow"]);
      expect(outcomes()).toEqual({ slow: "skipped: aborted", next: "skipped: aborted" });
    });
  });

  describe("the deadline of a point", () => {
    const options = { pointOptions: { [POINT]: { deadline: 50 } } };
    const hang: HookHandler = () => new Promise<never>(() => undefined);

    it("leaves out what has not answered, and keeps what has", async () => {
      const { add, run, clock, outcomes, statsOf } = setUp(create(), isMeasured, options);
      add("done", { handler: () => modify({ done: true }), priority: 1 });
      add("hangs", { handler: hang });
      add("next", { dependsOn: ["hangs"] });
      const end = await run();
      expect(clock.now()).toBe(50);
      expect(end).toMatchObject({ run: { status: "completed", data: { done: true } } });
      expect(outcomes()).toEqual({ done: "modified", hangs: "skipped: deadline", next: "skipped: deadline" });
      expect(statsOf("hangs")).toMatchObject({ unresponsive: 1 });
    });

    it.each(["required", "onError: fail"])("fails the run when what has not answered is %s", async (kind) => {
      const { add, run, clock, outcomes } = setUp(create(), isMeasured, options);
      add("hangs", { handler: hang, ...(kind === "required" ? { required: true } : { onError: "fail" }) });
      expect(await run()).toMatchObject({ error: { code: "LLMSPELL_E_HOOK_DEADLINE" } });
      expect(clock.now()).toBe(50);
      expect(outcomes()).toEqual({ hangs: "skipped: deadline" });
    });
  });
}
