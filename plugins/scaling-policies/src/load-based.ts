import type { ScalingDecision, ScalingPolicy, ScalingSnapshot } from "@llmspell/tools";
import { scalingErrors } from "./errors.ts";
import { type LoadBasedScalingOptions, loadBasedScalingOptionsDefaults } from "./generated/options.ts";

/** What a smaller pool must have to spare before the larger one is given up. */
const SPARE = 1.1;

/**
 * One instance for every `requestsPerInstance` requests that run (mean) or wait.
 *
 * Grows at once to what the load asks for. Shrinks only when the load would fit the smaller pool with a tenth to spare, so
 * that a load on the edge between two sizes does not make it swing.
 */
export class LoadBasedScalingPolicy implements ScalingPolicy {
  readonly #requestsPerInstance: number;

  /** @throws LLMSPELL_E_POOL_SCALING_REQUESTS unless `requestsPerInstance` is above 0 */
  constructor(options: LoadBasedScalingOptions = {}) {
    const { requestsPerInstance } = { ...loadBasedScalingOptionsDefaults, ...options };
    if (!(requestsPerInstance > 0)) throw scalingErrors.LLMSPELL_E_POOL_SCALING_REQUESTS({ requestsPerInstance });
    this.#requestsPerInstance = requestsPerInstance;
  }

  decide(snapshot: ScalingSnapshot): ScalingDecision | undefined {
    const { size, min, max, load, waiting } = snapshot;
    const requests = load + waiting;
    const needed = this.#sizeFor(requests);
    const target = needed >= size ? needed : Math.min(size, this.#sizeFor(requests * SPARE));
    const bounded = Math.min(max, Math.max(min, target));
    if (bounded === size) return undefined;
    return { target: bounded, reason: `${requests.toFixed(1)} requests need ${target} instances` };
  }

  #sizeFor(requests: number): number {
    return Math.ceil(requests / this.#requestsPerInstance);
  }
}
