import { type Clock, parseDuration, type Random } from "@llmspell/base";
import { RetryPolicy } from "@llmspell/resilience";
import { HookAnswers, type SharedCache } from "./cache/hook-answers.ts";
import { hookErrors } from "./errors.ts";
import { describe, readCondition } from "./execution/hook-answer.ts";
import { hookRetryOptionsDefaults } from "./generated/options.ts";
import type { HookDefinition, HookErrorPolicy, HookMode, StreamTreatment } from "./hook.ts";
import { HookBreaker } from "./hook-breaker.ts";
import type { HookContext } from "./hook-context.ts";
import type { HookEntry, SkipReason } from "./hook-run.ts";
import { settingsOf } from "./hook-settings.ts";
import type { PlannableHook } from "./plan/plan-hooks.ts";
import { HookCounters, type HookStatistics } from "./statistics/hook-statistics.ts";
import { LearnedProfile } from "./statistics/learned-profile.ts";

/** The entries of a hook that are the same in every run, made once. */
type FixedEntries = Readonly<Record<Exclude<HookEntry["outcome"], "failed" | "skipped"> | SkipReason, HookEntry>>;

/** The entries of answers with which a run goes on, or that can be kept. */
export type AnswerEntries = Readonly<Record<"continued" | "modified" | "replaced", HookEntry>>;

/** A hook at its point, from its registration to its disposal. */
export interface RegisteredHook {
  readonly settings: PlannableHook;
  readonly handler: (context: HookContext) => unknown;
  /** Throws LLMSPELL_E_HOOK_CONDITION, or what the condition throws. */
  readonly condition: ((context: HookContext) => boolean) | undefined;
  readonly cache: HookAnswers | undefined;
  readonly breaker: HookBreaker | undefined;
  readonly retry: RetryPolicy;
  /** How long a retry that it asks for may wait; milliseconds. */
  readonly longestDelay: number;
  /** Whether it needs nothing but a call, so that the quick way of calling it will do. */
  readonly isPlain: boolean;
  readonly profile: LearnedProfile;
  readonly figures: () => Readonly<Record<string, number>>;
  readonly counters: HookCounters;
  readonly entries: FixedEntries;
  readonly cachedEntries: AnswerEntries;
  /** Takes note of how long a call took; milliseconds. */
  measured(duration: number, hasSucceeded: boolean): void;
}

/** What hooks take from their manager. */
export interface HookSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly cache: SharedCache;
}

/**
 * A definition with every default filled in.
 *
 * @throws LLMSPELL_E_HOOK_DEFINITION, LLMSPELL_E_DURATION
 */
export function prepareHook(point: string, definition: HookDefinition, surroundings: HookSurroundings): RegisteredHook {
  const { id, handler, condition, figures = () => ({}) } = definition;
  const problem = findProblem(definition);
  if (problem !== undefined) throw hookErrors.LLMSPELL_E_HOOK_DEFINITION({ hook: id, point, problem });
  const settings = settingsOf(point, definition);
  const breaker =
    definition.breaker === undefined ? undefined : new HookBreaker(definition.breaker, settings, surroundings.clock);
  const counters = new HookCounters();
  const profile = new LearnedProfile(settings.expectedDuration);
  const cache =
    definition.cache === undefined
      ? undefined
      : new HookAnswers(`${point}.${id}`, definition.cache, counters, surroundings.cache);
  const { maxAttempts, ...backoff } = { ...hookRetryOptionsDefaults, ...definition.retry };
  return {
    settings,
    handler,
    condition: condition === undefined ? undefined : (context) => readCondition(condition(context), id, point),
    cache,
    breaker,
    longestDelay: parseDuration(backoff.maxBackoff),
    retry: new RetryPolicy({ attempts: maxAttempts, ...backoff }, surroundings.random),
    isPlain:
      settings.mode !== "background" && settings.timeout === undefined && breaker === undefined && cache === undefined,
    profile,
    figures,
    counters,
    entries: fixedEntries(id),
    cachedEntries: {
      continued: { hook: id, outcome: "continued", isCached: true },
      modified: { hook: id, outcome: "modified", isCached: true },
      replaced: { hook: id, outcome: "replaced", isCached: true },
    },
    measured(duration, hasSucceeded) {
      counters.measured(duration);
      profile.learn(duration, hasSucceeded);
    },
  };
}

/** The figures of a hook as they stand. */
export function describeHook({ settings, counters, profile, cache, breaker, figures }: RegisteredHook): HookStatistics {
  const { continued, modified, replaced, cancelled, retried, failed, pending, timedOut, late, unresponsive } = counters;
  return {
    id: settings.id,
    ...{ count: counters.count, continued, modified, replaced, cancelled, retried, failed },
    skipped: { ...counters.skipped },
    ...{ pending, timedOut, late, unresponsive },
    duration: counters.duration,
    expectedDuration: profile.duration,
    successRate: profile.successRate,
    cache: cache === undefined ? undefined : { hits: counters.hits, misses: counters.misses, stale: counters.stale },
    breaker: breaker?.state,
    figures: figures(),
  };
}

const MODES: readonly HookMode[] = ["synchronous", "asynchronous", "parallel", "background", "conditional"];
const ERROR_POLICIES: readonly HookErrorPolicy[] = ["fail", "skip"];
const STREAM_TREATMENTS: readonly StreamTreatment[] = ["buffer", "window", "chunk", "audit"];

function findProblem(definition: HookDefinition): string | undefined {
  const { id, handler, mode, onError, stream } = definition;
  if (id === "") return "its id is empty";
  // Code without types may misspell these, and a guard with another `onError` than `fail` would let everything pass.
  if (typeof handler !== "function") return `its handler must be a function, but it is ${describe(handler)}`;
  return (
    findWrongChoice("mode", mode, MODES) ??
    findWrongChoice("onError", onError, ERROR_POLICIES) ??
    findWrongChoice("stream", stream, STREAM_TREATMENTS) ??
    findContradiction(definition)
  );
}

function findWrongChoice<Choice>(key: string, chosen: Choice | undefined, choices: readonly Choice[]) {
  if (chosen === undefined || choices.includes(chosen)) return undefined;
  return `its ${key} must be one of ${choices.join(", ")}, but it is ${String(chosen)}`;
}

function findContradiction({ mode, condition, group, priority = 0, cache, breaker, stream }: HookDefinition) {
  if (!Number.isFinite(priority)) return `its priority must be a finite number, but it is ${priority}`;
  if (mode === "conditional" && condition === undefined) return "its mode is conditional, but it has no condition";
  if (group !== undefined && mode !== "parallel") return "it has a group, but its mode is not parallel";
  if (cache !== undefined && mode === "background") return "it has a cache, but a background hook gives no answer";
  if (breaker?.whenOpen === "cached" && cache === undefined) return "its breaker needs a cache for whenOpen: cached";
  if (stream === undefined || (stream === "audit") === (mode === "background")) return undefined;
  return stream === "audit"
    ? "it treats streams by audit, which stops nothing, but its mode is not background"
    : `it treats streams by ${stream}, but a background hook cannot hold one back`;
}

function fixedEntries(hook: string): FixedEntries {
  const skipped = (reason: SkipReason): HookEntry => ({ hook, outcome: "skipped", reason });
  return {
    continued: { hook, outcome: "continued" },
    modified: { hook, outcome: "modified" },
    replaced: { hook, outcome: "replaced" },
    cancelled: { hook, outcome: "cancelled" },
    retried: { hook, outcome: "retried" },
    started: { hook, outcome: "started" },
    condition: skipped("condition"),
    dependency: skipped("dependency"),
    run_ended: skipped("run_ended"),
    aborted: skipped("aborted"),
    deadline: skipped("deadline"),
    breaker: skipped("breaker"),
    budget: skipped("budget"),
  };
}
