import { OnDemandScalingPolicy, type ScalingDecision, type ScalingPolicy, type ScalingSnapshot } from "@llmspell/tools";
import { type GradientScalingOptions, gradientScalingOptionsDefaults } from "./generated/options.ts";

/** However slow calls have become, a pool is not cut by more than half at once. */
const LOWEST_GRADIENT = 0.5;
/** A pool that is used less than this says nothing about what it could bear. */
const USED = 0.5;

/**
 * Finds out how many calls at once what stands behind a tool can bear: it grows while calls run as quickly as they do in the long
 * run, and shrinks when they become slower, since then more instances only make each call wait elsewhere. The capacity goes towards
 * `capacity × gradient + queueSize`, the gradient being the long-run call time × `tolerance` over that of late, from 0.5 to 1.
 *
 * It never grows beyond what runs and waits, leaves a pool alone that is used less than half, and lets go what is idle for
 * `idleTimeout`. The smoothing of its source is in the mean call time that the pool gives.
 *
 * Source: the limit `Gradient2` of https://github.com/Netflix/concurrency-limits.
 */
export class GradientScalingPolicy implements ScalingPolicy {
  readonly interval = 500;
  readonly cooldown = 0;
  readonly #tolerance: number;
  readonly #queueSize: number;
  readonly #onDemand: OnDemandScalingPolicy;

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: GradientScalingOptions = {}) {
    const given = { ...gradientScalingOptionsDefaults, ...options };
    this.#tolerance = given.tolerance;
    this.#queueSize = given.queueSize;
    this.#onDemand = new OnDemandScalingPolicy({ idleTimeout: given.idleTimeout, spare: 0 });
  }

  decide(snapshot: ScalingSnapshot): ScalingDecision | undefined {
    const { size, min, max, concurrency, load, waiting } = snapshot;
    const capacity = size * concurrency;
    const demand = load + waiting;
    if (demand < capacity * USED) return waiting === 0 ? this.#onDemand.decide(snapshot) : undefined;
    const gradient = this.#gradient(snapshot);
    const limit = Math.round((capacity * gradient + this.#queueSize) / concurrency);
    const needed = Math.ceil(demand / concurrency);
    const target = Math.min(max, Math.max(min, limit < size ? limit : Math.max(size, Math.min(limit, needed))));
    if (target > size) return { target, reason: `${demand.toFixed(1)} calls for ${capacity}, and none slower for it` };
    if (target < size) return { target, reason: `calls take ${Math.round(snapshot.serviceTime)} ms: too many at once` };
    return waiting === 0 ? this.#onDemand.decide(snapshot) : undefined;
  }

  #gradient({ serviceTime, longTermServiceTime }: ScalingSnapshot): number {
    if (serviceTime === 0) return 1;
    return Math.max(LOWEST_GRADIENT, Math.min(1, (this.#tolerance * longTermServiceTime) / serviceTime));
  }
}
