import type { FlowDecision, FlowReading } from "@llmspell/events";

/** A rate that is so many times what is asked for does not limit anybody. */
const AMPLE = 2;

/**
 * The way back up, for a channel that is calm: so much at a time, until the rate is ample for all who ask, and need be no
 * limit any more.
 *
 * @param increase which share of what the subscribers handle is one step; a step is never less than `minRate`
 */
export function recover(reading: FlowReading, increase: number, calm: string): FlowDecision | undefined {
  const { rate, minRate, maxRate, throughput, demand } = reading;
  if (rate >= maxRate) return undefined;
  if (rate >= AMPLE * demand) return { rate: maxRate, reason: `${calm}, and the rate is ample` };
  return { rate: Math.min(maxRate, rate + Math.max(minRate, increase * throughput)), reason: calm };
}
