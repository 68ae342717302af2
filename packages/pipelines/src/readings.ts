import type { Reading } from "@llmspell/base";
import type { FlowStats, PipelineRunnerStats, PipelineStats, SinkStats, SourceStats } from "./stats.ts";

/** The figures of sources, pipelines, steps and sinks as the monitor and the summary of a run read them. */
export function readingsOf({ sources, pipelines, sinks }: PipelineRunnerStats): Reading[] {
  return [
    ...Object.entries(sources).map(([name, stats]) => sourceReading(name, stats)),
    ...Object.entries(pipelines).flatMap(([name, stats]) => pipelineReadings(name, stats)),
    ...Object.entries(sinks).map(([name, stats]) => sinkReading(name, stats)),
  ];
}

function sourceReading(name: string, stats: SourceStats): Reading {
  const { unrouted, noSubscribers, refused, skipped } = stats;
  return { part: "source", name, ...flowOf(stats), details: { unrouted, noSubscribers, refused, skipped } };
}

function pipelineReadings(name: string, stats: PipelineStats): Reading[] {
  const cancelledBy = Object.entries(stats.cancelledBy).map(([hook, count]) => [`cancelledBy.${hook}`, count]);
  const details = { replaced: stats.replaced, ...Object.fromEntries(cancelledBy) };
  const steps = Object.entries(stats.steps).map(([id, step]): Reading => {
    const { duration, retries } = step;
    return { part: "step", name: `${name}.${id}`, ...flowOf(step), duration, details: { retries } };
  });
  return [{ part: "pipeline", name, ...flowOf(stats), duration: stats.duration, details }, ...steps];
}

function sinkReading(name: string, stats: SinkStats): Reading {
  return { part: "sink", name, ...flowOf(stats), duration: stats.duration };
}

function flowOf({ out, shed, failed, pending, ...rest }: FlowStats): FlowStats {
  return { in: rest.in, out, shed, failed, pending };
}
