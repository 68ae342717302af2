import type { FlowController, FlowDecision, FlowReading } from "@llmspell/events";
import { flowErrors } from "./errors.ts";
import { type AdaptiveFlowOptions, adaptiveFlowOptionsDefaults } from "./generated/options.ts";
import { recover } from "./recovery.ts";

/** What each part adds to the pressure. */
const QUEUE = 0.4;
const PROCESSING = 0.4;
const MEMORY = 0.2;
/** With so little of what is handled coming in, a queue is drained fast enough. */
const LEAST_SHARE = 0.5;

/**
 * Additive increase, multiplicative decrease (Chiu and Jain, "Analysis of the increase and decrease algorithms for congestion
 * avoidance in computer networks", 1989), with two watermarks between which the rate stays.
 *
 * It begins from what the subscribers handle, not from a limit that is far above it, and lowers the rate to no less than half
 * of that: so it reacts at once, and does not fall further the longer a queue takes to drain.
 */
export class AdaptiveFlowController implements FlowController {
  readonly #high: number;
  readonly #low: number;
  readonly #decrease: number;
  readonly #increase: number;

  /** @throws LLMSPELL_E_EVENT_FLOW_WATERMARKS unless `lowWatermark` is below `highWatermark` */
  constructor(options: AdaptiveFlowOptions = {}) {
    const given = { ...adaptiveFlowOptionsDefaults, ...options };
    this.#high = given.highWatermark;
    this.#low = given.lowWatermark;
    this.#decrease = given.decrease;
    this.#increase = given.increase;
    if (!(this.#low < this.#high)) {
      throw flowErrors.LLMSPELL_E_EVENT_FLOW_WATERMARKS({ low: this.#low, high: this.#high });
    }
  }

  adjust(reading: FlowReading): FlowDecision | undefined {
    const pressure = pressureOf(reading);
    if (pressure > this.#high) {
      const rate = this.#lowered(reading);
      return rate === reading.rate
        ? undefined
        : { rate, reason: `pressure ${percent(pressure)} is above ${percent(this.#high)}` };
    }
    if (pressure >= this.#low) return undefined;
    return recover(reading, this.#increase, `pressure ${percent(pressure)} is below ${percent(this.#low)}`);
  }

  #lowered({ rate, throughput, minRate }: FlowReading): number {
    const least = Math.max(minRate, LEAST_SHARE * throughput);
    const lowered = Math.min(rate, Math.max(throughput, minRate)) * (1 - this.#decrease);
    return Math.min(rate, Math.max(least, lowered));
  }
}

function pressureOf({ queue, busy, eventLoop, heap }: FlowReading): number {
  return QUEUE * queue + PROCESSING * Math.max(busy, eventLoop) + MEMORY * heap;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
