import type { Reading } from "@llmspell/base";
import { type HookStatistics, type PointStatistics, sumOf } from "./hook-statistics.ts";

/** The readings of hook points: a part `hook point` for each, and a part `hook` for each hook, named `point.id`. */
export function readingsOf(points: readonly PointStatistics[]): readonly Reading[] {
  return points.flatMap((point) => [readPoint(point), ...point.hooks.map((hook) => readHook(point.point, hook))]);
}

/** Out are the runs after which the caller went on, with its data or with a result; shed are those that were stopped. */
function readPoint(point: PointStatistics): Reading {
  return {
    part: "hook point",
    name: point.point,
    in: point.runs,
    out: point.completed + point.replaced,
    shed: point.cancelled + point.retried + point.aborted,
    failed: point.failed,
    pending: point.pending,
    duration: point.duration,
    details: {
      replaced: point.replaced,
      cancelled: point.cancelled,
      retried: point.retried,
      aborted: point.aborted,
      overdue: point.overdue,
      conflicts: point.conflicts,
      ...point.figures,
    },
  };
}

/** Out are the calls that were answered, whatever the answer; shed are those that were skipped. */
function readHook(point: string, hook: HookStatistics): Reading {
  return {
    part: "hook",
    name: `${point}.${hook.id}`,
    in: hook.count,
    out: hook.continued + hook.modified + hook.replaced + hook.cancelled + hook.retried,
    shed: sumOf(hook.skipped),
    failed: hook.failed,
    pending: hook.pending,
    duration: hook.duration,
    details: {
      modified: hook.modified,
      replaced: hook.replaced,
      cancelled: hook.cancelled,
      retried: hook.retried,
      timedOut: hook.timedOut,
      late: hook.late,
      unresponsive: hook.unresponsive,
      ...prefixed("skipped_", hook.skipped),
      ...(hook.cache === undefined ? {} : prefixed("cache_", { ...hook.cache })),
      ...hook.figures,
    },
  };
}

/** Figures under longer names; those that are zero are left out. */
function prefixed(prefix: string, figures: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const entries = Object.entries(figures).filter(([, figure]) => figure > 0);
  return Object.fromEntries(entries.map(([name, figure]) => [`${prefix}${name}`, figure]));
}
