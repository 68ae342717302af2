import type { DurationSummary } from "@llmspell/base";
import { type BreakerState, LatencyHistogram } from "@llmspell/resilience";
import type { SkipReason } from "../hook-run.ts";

/** How a hook's cache has served it. */
export interface CacheStatistics {
  /** Lookups that found an answer that could be used, or that was just being worked out for somebody else. */
  readonly hits: number;
  /** Lookups that found none; `stale` ones included. */
  readonly misses: number;
  /** Lookups that found one that had expired. */
  readonly stale: number;
}

/** What became of a hook in all runs since it was registered. */
export interface HookStatistics {
  readonly id: string;
  /** How often it was called, or skipped: what follows, up to and including `pending`, adds up to it. */
  readonly count: number;
  readonly continued: number;
  readonly modified: number;
  readonly replaced: number;
  readonly cancelled: number;
  readonly retried: number;
  readonly failed: number;
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** Called, and not yet answered; for a background hook, what `drain` waits for. */
  readonly pending: number;
  /** Those of `failed` that had not answered in time. */
  readonly timedOut: number;
  /** Answers that came when they no longer counted, and were dropped: after the timeout, or after the run had ended. */
  readonly late: number;
  /** Calls that have been told to stop by their signal and have not come to an end. */
  readonly unresponsive: number;
  /** How long its answers took, where they were measured: in every run of a slow point, in one of 64 of a quick one. */
  readonly duration: DurationSummary;
  /** How long it is expected to take now, as learned; milliseconds. */
  readonly expectedDuration: number;
  /** The share of its calls that did not fail, as learned; 0 to 1. */
  readonly successRate: number;
  /** `undefined` when it has no cache. */
  readonly cache: CacheStatistics | undefined;
  /** `undefined` when it has no breaker. */
  readonly breaker: BreakerState | undefined;
  /** What the hook counts itself. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What became of all runs of a hook point since it got its first hook. */
export interface PointStatistics {
  readonly point: string;
  /** How many began; what follows, up to and including `pending`, adds up to it. */
  readonly runs: number;
  readonly completed: number;
  readonly replaced: number;
  readonly cancelled: number;
  readonly retried: number;
  readonly failed: number;
  /** Ended by the caller's signal. */
  readonly aborted: number;
  readonly pending: number;
  /** Runs that had not ended when the point's deadline came. */
  readonly overdue: number;
  /** Conflicts that `onConflict` settled; one that fails the run counts under `failed`. */
  readonly conflicts: number;
  /** How long runs took, where they were measured; see `HookStatistics.duration`. */
  readonly duration: DurationSummary;
  /** What the strategy counts itself: the use of a budget. */
  readonly figures: Readonly<Record<string, number>>;
  /** In the order of registration. */
  readonly hooks: readonly HookStatistics[];
}

/** The running figures of one hook; plain numbers, because they change on every call. */
export class HookCounters {
  continued = 0;
  modified = 0;
  replaced = 0;
  cancelled = 0;
  retried = 0;
  failed = 0;
  pending = 0;
  timedOut = 0;
  late = 0;
  unresponsive = 0;
  hits = 0;
  misses = 0;
  stale = 0;
  readonly skipped: Record<SkipReason, number> = {
    condition: 0,
    dependency: 0,
    run_ended: 0,
    aborted: 0,
    deadline: 0,
    breaker: 0,
    budget: 0,
  };
  #durations: LatencyHistogram | undefined;

  /** @param duration milliseconds */
  measured(duration: number): void {
    this.#durations ??= new LatencyHistogram();
    this.#durations.record(duration);
  }

  get duration(): DurationSummary {
    return this.#durations?.summary() ?? NOTHING_MEASURED;
  }

  /** How often the hook was called, or skipped. */
  get count(): number {
    const { continued, modified, replaced, cancelled, retried, failed, pending } = this;
    return continued + modified + replaced + cancelled + retried + failed + pending + sumOf(this.skipped);
  }
}

/** Of quick runs one in this many is measured: to measure them all would cost more than they do. */
const SAMPLE = 64;

const NOTHING_MEASURED: DurationSummary = { count: 0, mean: 0, p50: 0, p99: 0, max: 0 };

/** The running figures of one hook point. */
export class PointCounters {
  completed = 0;
  replaced = 0;
  cancelled = 0;
  retried = 0;
  failed = 0;
  aborted = 0;
  pending = 0;
  overdue = 0;
  conflicts = 0;
  readonly #durations = new LatencyHistogram();
  #untilMeasured = 1;

  /** Whether the run that begins now is measured; asked once for each. */
  isToBeMeasured(): boolean {
    if (--this.#untilMeasured > 0) return false;
    this.#untilMeasured = SAMPLE;
    return true;
  }

  /**
   * @param duration milliseconds
   * @param isSlow whether the run took so long that measuring the next one too is no matter
   */
  measured(duration: number, isSlow: boolean): void {
    this.#durations.record(duration);
    if (isSlow) this.#untilMeasured = 1;
  }

  summary(point: string, hooks: readonly HookStatistics[], figures: Readonly<Record<string, number>>): PointStatistics {
    const { completed, replaced, cancelled, retried, failed, aborted, pending, overdue, conflicts } = this;
    const runs = completed + replaced + cancelled + retried + failed + aborted + pending;
    const ends = { completed, replaced, cancelled, retried, failed, aborted };
    return { point, runs, ...ends, pending, overdue, conflicts, duration: this.#durations.summary(), figures, hooks };
  }
}

/** How many calls were skipped, for whatever reason. */
export function sumOf(skipped: Readonly<Record<SkipReason, number>>): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0);
}
