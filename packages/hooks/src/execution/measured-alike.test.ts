import { parallelStrategy } from "@llmspell/plugin-hook-strategies";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { HookAnswer, HookDefinition, HookMode } from "../hook.ts";
import type { HookContext } from "../hook-context.ts";
import { HookManager } from "../hook-manager.ts";
import { cancel, modify, replace, retry } from "../hook-outcome.ts";
import type { HookEntry } from "../hook-run.ts";
import type { HookStrategy } from "../hook-strategy.ts";
import { sequentialStrategy } from "../sequential-strategy.ts";

const POINT = "before_work";

/** What a hook, or its condition, does when it is called. */
interface Behaviour {
  readonly mode: HookMode;
  readonly dependsOnFirst: boolean;
  readonly onError: "fail" | "skip";
  readonly condition: "none" | "holds" | "fails" | "throws" | "aborts" | "aborts and throws" | "garbage";
  /** Whether it aborts its caller's signal before it answers. */
  readonly isQuitter: boolean;
  readonly answer: "nothing" | "modify" | "cancel" | "replace" | "retry" | "throw" | "garbage" | "throwing then";
  /** At once, with a promise that is settled, one that settles after a while, or a thenable. */
  readonly comes: "at once" | "promised" | "later" | "thenable" | "never";
}

const rarely = <Value>(usual: Value, ...rare: readonly Value[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...rare) });

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  mode: fc.oneof(
    { weight: 5, arbitrary: fc.constant<HookMode>("synchronous") },
    { weight: 2, arbitrary: fc.constantFrom<HookMode>("parallel", "asynchronous") },
    { weight: 1, arbitrary: fc.constant<HookMode>("background") },
  ),
  dependsOnFirst: fc.boolean(),
  onError: fc.constantFrom("fail", "skip"),
  condition: rarely("none", "holds", "fails", "throws", "aborts", "aborts and throws", "garbage"),
  isQuitter: rarely(false, false, true),
  answer: rarely("nothing", "modify", "cancel", "replace", "retry", "throw", "garbage", "throwing then"),
  comes: fc.oneof(
    { weight: 5, arbitrary: fc.constant("at once" as const) },
    { weight: 4, arbitrary: fc.constantFrom("promised" as const, "later" as const, "thenable" as const) },
    { weight: 1, arbitrary: fc.constant("never" as const) },
  ),
});

/** The ways that a run can go: measured for the sample, or for an observer, or not. */
type Way = "measured" | "observed" | "quick";

/** A manager with hooks that behave so. The first run of a point is measured, so that one is spent where it must not be. */
class Trial {
  readonly clock = new VirtualClock();
  readonly manager: HookManager;
  readonly trace: string[] = [];
  #caller = new AbortController();

  constructor(behaviours: readonly Behaviour[], strategy: HookStrategy, way: Way) {
    this.manager = new HookManager({}, { clock: this.clock, strategy });
    if (way !== "measured") {
      using _hook = this.manager.register(POINT, { id: "spent", handler: () => undefined });
      void this.manager.run(POINT, { data: {} });
    }
    if (way === "observed") this.manager.instrument.beforeRun.tap("test", () => undefined);
    for (const [index, each] of behaviours.entries())
      this.manager.register(POINT, this.#define(each, index, behaviours));
  }

  /** What a run comes to, and what all figures say when nothing goes on any more. */
  async outcome(abortAt: number): Promise<unknown> {
    this.#caller = new AbortController();
    this.clock.setTimeout(() => this.#caller.abort(new Error("gone")), abortAt);
    const ended = this.#run();
    await this.clock.advance(1000);
    const { spent: _, ...figures } = this.#figures();
    return { ended: await ended, trace: this.trace, figures };
  }

  async #run(): Promise<unknown> {
    let isAtOnce = true;
    try {
      const running = this.manager.run(POINT, { data: { n: 0 }, signal: this.#caller.signal });
      isAtOnce = !(running instanceof Promise);
      const run = await running;
      return { ...run, isAtOnce, report: run.report.map(plain) };
    } catch (error) {
      return { thrown: String(error), isAtOnce };
    }
  }

  #figures(): Readonly<Record<string, unknown>> {
    const [stats] = this.manager.stats();
    const { hooks = [], duration: _, runs = 0, completed = 0, ...point } = stats ?? {};
    const spent = runs - 1;
    const ofHooks = hooks.map(({ duration: _, expectedDuration: __, successRate: ___, ...hook }) => hook);
    return { ...point, runs: runs - spent, completed: completed - spent, hooks: ofHooks, spent };
  }

  #define(each: Behaviour, index: number, all: readonly Behaviour[]): HookDefinition {
    const id = `h${index}`;
    const canDepend = index > 0 && all[0]?.mode !== "background";
    return {
      id,
      mode: each.mode,
      onError: each.onError,
      dependsOn: each.dependsOnFirst && canDepend ? ["h0"] : [],
      condition: each.condition === "none" ? undefined : () => this.#decide(each),
      handler: (context) => this.#answer(each, index, context),
    };
  }

  #decide({ condition }: Behaviour): boolean {
    if (condition.startsWith("aborts")) this.#caller.abort(new Error("gone"));
    if (condition.endsWith("throws")) throw new Error("undecided");
    return condition === "garbage" ? ("yes" as unknown as boolean) : condition !== "fails";
  }

  #answer(each: Behaviour, index: number, context: HookContext): HookAnswer | Promise<HookAnswer> {
    this.trace.push(`h${index} sees ${JSON.stringify(context.data)}`);
    if (each.isQuitter) this.#caller.abort(new Error("gone"));
    const give = () => answerOf(each, index);
    switch (each.comes) {
      case "at once":
        return give();
      case "promised":
        return Promise.resolve().then(give);
      case "later":
        // No two hooks at one time, so that their order is none of chance.
        return context.clock.sleep(10 + 7 * index).then(give);
      case "thenable":
        return thenable(
          () =>
            (...args) =>
              Promise.resolve()
                .then(give)
                .then(...args),
        );
      case "never":
        return new Promise(() => undefined);
    }
  }
}

function answerOf({ answer }: Behaviour, index: number): HookAnswer {
  switch (answer) {
    case "nothing":
      return undefined;
    case "modify":
      return modify({ n: index, [`by${index}`]: true });
    case "cancel":
      return cancel(`no ${index}`);
    case "replace":
      return replace(index);
    case "retry":
      return retry(`again ${index}`, { delay: 1 });
    case "throw":
      throw new Error(`broken ${index}`);
    case "garbage":
      return 5 as unknown as HookAnswer;
    case "throwing then":
      return thenable(() => {
        throw new Error(`trap ${index}`);
      }) as unknown as HookAnswer;
  }
}

/** An object that is no promise, but looks like one. */
function thenable(then: () => Promise<HookAnswer>["then"]): Promise<HookAnswer> {
  return new Proxy(
    {},
    { has: () => true, get: (_, key) => (key === "then" ? then() : undefined) },
  ) as Promise<HookAnswer>;
}

function plain(entry: HookEntry): unknown {
  return entry.outcome === "failed" ? { ...entry, error: String(entry.error) } : entry;
}

it.each([
  ["sequential", sequentialStrategy],
  ["parallel", parallelStrategy],
])("a run comes to the same, and counts the same, whether it is measured or not: %s", async (_, strategy) => {
  // What has not ended by itself is aborted in the end.
  const abortAt = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(500));
  const ways: readonly Way[] = ["measured", "observed", "quick"];
  await fc.assert(
    fc.asyncProperty(fc.array(behaviour, { minLength: 1, maxLength: 6 }), abortAt, async (behaviours, time) => {
      const trials = ways.map((way) => new Trial(behaviours, strategy, way).outcome(time));
      const [measured, observed, quick] = await Promise.all(trials);
      expect(quick).toEqual(measured);
      expect(observed).toEqual(measured);
    }),
    { numRuns: 250 },
  );
});
