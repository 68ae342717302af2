import { parallelStrategy } from "@llmspell/plugin-hook-strategies";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HookAnswer, HookDefinition, HookHandler, HookMode } from "./hook.ts";
import { HookManager } from "./hook-manager.ts";
import { cancel, modify, replace, retry } from "./hook-outcome.ts";
import type { HookStrategy } from "./hook-strategy.ts";
import { sequentialStrategy } from "./sequential-strategy.ts";
import { readingsOf } from "./statistics/readings.ts";

const POINT = "before_work";

interface Behaviour {
  readonly mode: HookMode;
  readonly dependsOn: readonly number[];
  readonly onError: "fail" | "skip";
  readonly holds: boolean;
  readonly timeout: number | undefined;
  readonly hasBreaker: boolean;
  readonly hasCache: boolean;
  readonly isObedient: boolean;
  /** Milliseconds; `undefined` for at once. */
  readonly delay: number | undefined;
  readonly answer: "nothing" | "modify" | "cancel" | "replace" | "retry" | "throw" | "garbage";
}

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  mode: fc.constantFrom<HookMode>("synchronous", "synchronous", "parallel", "asynchronous", "background"),
  dependsOn: fc.array(fc.nat(7), { maxLength: 2 }),
  onError: fc.constantFrom("fail", "skip"),
  holds: fc.boolean(),
  timeout: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 2 }),
  hasBreaker: fc.boolean(),
  hasCache: fc.boolean(),
  isObedient: fc.boolean(),
  delay: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 2 }),
  answer: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("nothing" as const, "modify" as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "cancel" as const,
        "replace" as const,
        "retry" as const,
        "throw" as const,
        "garbage" as const,
      ),
    },
  ),
});

/** What happens, one after the other: a run, with a signal that aborts after a while or not, or time that passes. */
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ abortAfter: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 30 }) }) },
);

class Trial {
  readonly clock = new VirtualClock();
  readonly manager: HookManager;
  readonly inFlight: number[];
  readonly #behaviours: readonly Behaviour[];
  runs = 0;
  ended = 0;

  constructor(behaviours: readonly Behaviour[], strategy: HookStrategy, deadline: number | undefined) {
    const pointOptions = deadline === undefined ? {} : { [POINT]: { deadline } };
    this.#behaviours = behaviours;
    this.manager = new HookManager({ pointOptions, onConflict: "last" }, { clock: this.clock, strategy });
    this.inFlight = behaviours.map(() => 0);
    for (const index of behaviours.keys()) this.manager.register(POINT, this.#define(index));
  }

  run(abortAfter: number | undefined): void {
    const caller = new AbortController();
    if (abortAfter !== undefined) this.clock.setTimeout(() => caller.abort(new Error("gone")), abortAfter);
    this.runs++;
    const end = () => {
      this.ended++;
    };
    try {
      // Few keys, so that equal calls meet.
      const run = this.manager.run(POINT, { input: this.runs % 2, data: {}, signal: caller.signal });
      if (run instanceof Promise) run.then(end, end);
      else end();
    } catch {
      end();
    }
  }

  check(): void {
    const stats = this.manager.stats();
    for (const { name, in: came, out, shed, failed, pending } of readingsOf(stats)) {
      expect([name, out + shed + failed + pending]).toEqual([name, came]);
      expect(Math.min(out, shed, failed, pending)).toBeGreaterThanOrEqual(0);
    }
    expect(stats[0]).toMatchObject({ runs: this.runs, pending: this.runs - this.ended });
    for (const [index, hook] of (stats[0]?.hooks ?? []).entries()) {
      expect(hook.count).toBeLessThanOrEqual(this.runs);
      expect(hook.late).toBeGreaterThanOrEqual(0);
      expect(hook.unresponsive).toBeGreaterThanOrEqual(0);
      // Those that wait for the answer of an equal call are pending too, but no handler of theirs runs.
      if (!this.#isCached(index))
        expect([hook.id, hook.pending + hook.unresponsive]).toEqual([hook.id, this.inFlight[index]]);
    }
  }

  checkEnd(): void {
    this.check();
    const [point] = this.manager.stats();
    expect(point).toMatchObject({ runs: this.runs, pending: 0 });
    expect(this.clock.pendingTimers).toBe(0);
    for (const hook of point?.hooks ?? [])
      expect(hook).toMatchObject({ count: this.runs, pending: 0, unresponsive: 0 });
    expect(this.manager.cacheStats().pending).toBe(0);
  }

  #isCached(index: number): boolean {
    const { hasCache, mode } = this.#behaviours[index] ?? {};
    return hasCache === true && mode !== "background";
  }

  #define(index: number): HookDefinition {
    const each = this.#behaviours[index];
    if (each === undefined) throw new Error("There is no such hook.");
    const isAwaited = (of: number) => of < index && this.#behaviours[of]?.mode !== "background";
    return {
      id: `h${index}`,
      mode: each.mode,
      onError: each.onError,
      dependsOn: each.dependsOn.filter(isAwaited).map((of) => `h${of}`),
      condition: each.holds ? undefined : ({ input }) => input === 0,
      timeout: each.timeout,
      breaker: each.hasBreaker
        ? { minimumCalls: 2, openDuration: 20, halfOpenCalls: 1, slowCallDuration: 30 }
        : undefined,
      cache: this.#isCached(index) ? { policy: { lifetimeOf: () => 25 }, key: ["input"] } : undefined,
      handler: this.#handler(each, index),
    };
  }

  #handler({ delay, isObedient, answer }: Behaviour, index: number): HookHandler {
    if (delay === undefined) return () => answerOf(answer, index);
    return async ({ clock, signal }) => {
      this.inFlight[index] = (this.inFlight[index] ?? 0) + 1;
      try {
        await clock.sleep(delay, isObedient ? signal : undefined);
        return answerOf(answer, index);
      } finally {
        this.inFlight[index] = (this.inFlight[index] ?? 0) - 1;
      }
    };
  }
}

function answerOf(answer: Behaviour["answer"], index: number): HookAnswer {
  switch (answer) {
    case "nothing":
      return undefined;
    case "modify":
      return modify({ last: index });
    case "cancel":
      return cancel("no");
    case "replace":
      return replace(index);
    case "retry":
      return retry("again");
    case "throw":
      throw new Error("broken");
    case "garbage":
      return "garbage" as unknown as HookAnswer;
  }
}

const rejections: unknown[] = [];
const note = (reason: unknown) => void rejections.push(reason);

describe.each([
  ["sequential", sequentialStrategy],
  ["parallel", parallelStrategy],
])("under the strategy %s", (_, strategy) => {
  beforeAll(() => void process.on("unhandledRejection", note));
  afterAll(() => void process.off("unhandledRejection", note));

  it("at any moment what became of runs and hooks, and what is pending, adds up to what began", async () => {
    const deadline = fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined });
    const behaviours = fc.array(behaviour, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        behaviours,
        fc.array(event, { minLength: 1, maxLength: 12 }),
        deadline,
        async (all, events, limit) => {
          const trial = new Trial(all, strategy, limit);
          for (const event of events) {
            if ("pass" in event) await trial.clock.advance(event.pass);
            else {
              trial.run(event.abortAfter);
              await trial.clock.advance(0);
            }
            trial.check();
          }
          await trial.clock.advance(2000);
          trial.checkEnd();
          expect(rejections).toEqual([]);
        },
      ),
      { numRuns: 250 },
    );
  });
});
