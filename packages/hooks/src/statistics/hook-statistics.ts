import type { DurationSummary } from "@llmspell/base";
import { LatencyHistogram } from "@llmspell/resilience";
import type { SkipReason } from "../hook-run.ts";

/** What became of a hook in all runs since it was registered. */
export interface HookStatistics {
  readonly id: string;
  /** How often it was called, or skipped: what follows, up to and including `skipped`, and `pending` add up to it. */
  readonly count: number;
  readonly continued: number;
  readonly modified: number;
  readonly replaced: number;
  readonly cancelled: number;
  readonly failed: number;
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** Those of `failed` that had not answered in time. */
  readonly timedOut: number;
  /** Answers that came when they no longer counted, and were dropped: after the timeout, or after the run had ended. */
  readonly late: number;
  /** Called, and not yet answered; for a background hook, what `drain` waits for. */
  readonly pending: number;
  /** How long its answers took, late and skipped ones left out. */
  readonly duration: DurationSummary;
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
  readonly failed: number;
  /** Ended by the caller's signal. */
  readonly aborted: number;
  readonly pending: number;
  /** Conflicts that `onConflict` settled; one that fails the run counts under `failed`. */
  readonly conflicts: number;
  readonly duration: DurationSummary;
  /** In the order of registration. */
  readonly hooks: readonly HookStatistics[];
}

/** The running figures of one hook; plain numbers, because they change on every call. */
export class HookCounters {
  count = 0;
  continued = 0;
  modified = 0;
  replaced = 0;
  cancelled = 0;
  failed = 0;
  timedOut = 0;
  late = 0;
  pending = 0;
  readonly skipped: Record<SkipReason, number> = { condition: 0, dependency: 0, run_ended: 0, aborted: 0 };
  readonly duration = new LatencyHistogram();

  summary(id: string, figures: Readonly<Record<string, number>>): HookStatistics {
    return {
      id,
      count: this.count,
      continued: this.continued,
      modified: this.modified,
      replaced: this.replaced,
      cancelled: this.cancelled,
      failed: this.failed,
      skipped: { ...this.skipped },
      timedOut: this.timedOut,
      late: this.late,
      pending: this.pending,
      duration: this.duration.summary(),
      figures,
    };
  }
}

/** The running figures of one hook point. */
export class PointCounters {
  runs = 0;
  completed = 0;
  replaced = 0;
  cancelled = 0;
  failed = 0;
  aborted = 0;
  pending = 0;
  conflicts = 0;
  readonly duration = new LatencyHistogram();

  summary(point: string, hooks: readonly HookStatistics[]): PointStatistics {
    const { runs, completed, replaced, cancelled, failed, aborted, pending, conflicts } = this;
    const duration = this.duration.summary();
    return { point, runs, completed, replaced, cancelled, failed, aborted, pending, conflicts, duration, hooks };
  }
}

/** How many calls were skipped, for whatever reason. */
export function sumOf(skipped: Readonly<Record<SkipReason, number>>): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0);
}
