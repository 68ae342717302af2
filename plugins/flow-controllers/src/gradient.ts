import { parseDuration } from "@llmspell/base";
import type { FlowController, FlowDecision, FlowReading } from "@llmspell/events";
import { flowErrors } from "./errors.ts";
import { type GradientFlowOptions, gradientFlowOptionsDefaults } from "./generated/options.ts";
import { recover } from "./recovery.ts";

/** The steepest step: half of what is handled comes in. */
const STEEPEST = 0.5;
/** Below this share of the target the rate rises again. */
const CALM = 0.5;

/**
 * Steers by how long events wait, which it takes from the queue's length and what is handled (Little's law). When that is
 * longer than the target, the rate is what is handled times the gradient target / delay, from 0.5 to 1: the rule of
 * Netflix's `concurrency-limits` (Gradient2), with a target in place of the delay that it learns.
 */
export class GradientFlowController implements FlowController {
  readonly #target: number;
  readonly #increase: number;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_EVENT_FLOW_DELAY unless `targetDelay` is above 0 */
  constructor(options: GradientFlowOptions = {}) {
    const { targetDelay, increase } = { ...gradientFlowOptionsDefaults, ...options };
    this.#target = parseDuration(targetDelay);
    this.#increase = increase;
    if (!(this.#target > 0)) throw flowErrors.LLMSPELL_E_EVENT_FLOW_DELAY({ targetDelay });
  }

  adjust(reading: FlowReading): FlowDecision | undefined {
    const { waiting, throughput, rate, minRate } = reading;
    const delay = waiting === 0 ? 0 : (waiting / throughput) * 1000;
    if (delay > this.#target) {
      const gradient = Math.max(STEEPEST, this.#target / delay);
      const lowered = Math.min(rate, Math.max(minRate, throughput * gradient));
      const reason = `events wait for ${shown(delay)}, longer than ${shown(this.#target)}`;
      return lowered === rate ? undefined : { rate: lowered, reason };
    }
    if (delay > CALM * this.#target) return undefined;
    return recover(reading, this.#increase, `events wait for ${shown(delay)} only`);
  }
}

function shown(duration: number): string {
  return Number.isFinite(duration) ? `${Math.round(duration)} ms` : "a time without end";
}
