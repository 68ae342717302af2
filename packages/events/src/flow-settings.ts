import { parseRate } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";
import { eventErrors } from "./errors.ts";
import type { FlowController } from "./flow-controller.ts";

/** So many events a second come in under any pressure, unless `minRate` or `maxRate` says otherwise. */
const LEAST_RATE = 1;

/** A flow controller, and the rates between which it may choose; events a second. */
export interface FlowSettings {
  readonly controller: FlowController;
  readonly minRate: number;
  /** `Infinity` when there is no limit without pressure. */
  readonly maxRate: number;
}

/**
 * What `backpressure.controller` says.
 *
 * @throws LLMSPELL_E_EVENT_FLOW_BOUNDS, LLMSPELL_E_RATE, and what `create` throws
 */
export function flowSettings(use: Use, create: (use: Use, owner: string) => FlowController): FlowSettings {
  const keys: Readonly<Record<string, unknown>> = typeof use === "string" ? {} : use;
  const maxRate = rateOf(keys["maxRate"]) ?? Number.POSITIVE_INFINITY;
  const minRate = rateOf(keys["minRate"]) ?? Math.min(LEAST_RATE, maxRate);
  if (minRate > maxRate) throw eventErrors.LLMSPELL_E_EVENT_FLOW_BOUNDS({ minRate, maxRate });
  return { controller: create(use, "events.backpressure.controller"), minRate, maxRate };
}

function rateOf(value: unknown): number | undefined {
  return typeof value === "string" || typeof value === "number" ? parseRate(value) : undefined;
}
