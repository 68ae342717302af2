import type { ScalingDecision, ScalingPolicy, ScalingSnapshot } from "@llmspell/tools";
import { scalingErrors } from "./errors.ts";
import { type AdaptiveScalingOptions, adaptiveScalingOptionsDefaults } from "./generated/options.ts";

/** The largest steps: a pool grows to at most half as much again, and shrinks to no less than four fifths. */
const GROWTH = 1.5;
const SHRINKAGE = 0.8;

/**
 * Threshold scaling over the demand: what runs and waits, over what the live instances can serve at once. Above
 * `scaleUpThreshold` the pool grows, below `scaleDownThreshold` it shrinks, each time towards the size at which the demand
 * would use `targetUtilization`, by at most ×1.5 and ×0.8 but always by a whole instance (1 × 1.5 is 2, 2 × 0.8 is 1).
 *
 * A constant load never makes it swing: it grows no further than the target asks for, and shrinks no further than that.
 */
export class AdaptiveScalingPolicy implements ScalingPolicy {
  readonly #target: number;
  readonly #up: number;
  readonly #down: number;

  /** @throws LLMSPELL_E_POOL_SCALING_THRESHOLDS when the target does not lie between the thresholds */
  constructor(options: AdaptiveScalingOptions = {}) {
    const given = { ...adaptiveScalingOptionsDefaults, ...options };
    this.#target = given.targetUtilization;
    this.#up = given.scaleUpThreshold;
    this.#down = given.scaleDownThreshold;
    if (!(this.#down < this.#target && this.#target <= this.#up)) {
      throw scalingErrors.LLMSPELL_E_POOL_SCALING_THRESHOLDS({ down: this.#down, target: this.#target, up: this.#up });
    }
  }

  decide({ size, min, max, concurrency, load, waiting }: ScalingSnapshot): ScalingDecision | undefined {
    const requests = load + waiting;
    if (size === 0) return requests === 0 ? undefined : { target: 1, reason: "there are requests but no instance" };
    const utilization = requests / (size * concurrency);
    const desired = Math.ceil(requests / (concurrency * this.#target));
    if (utilization > this.#up && size < max) {
      const largest = Math.ceil(size * GROWTH);
      return {
        target: Math.min(max, largest, Math.max(desired, size + 1)),
        reason: `demand ${percent(utilization)} of capacity is above ${percent(this.#up)}`,
      };
    }
    if (utilization < this.#down && size > min && desired < size) {
      const smallest = Math.floor(size * SHRINKAGE);
      return {
        target: Math.max(min, smallest, desired),
        reason: `demand ${percent(utilization)} of capacity is below ${percent(this.#down)}`,
      };
    }
    return undefined;
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
