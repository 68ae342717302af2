import { type Duration, parseDuration } from "@llmspell/base";
import type { ScalingDecision, ScalingPolicy, ScalingSnapshot } from "./scaling-policy.ts";

/** How a pool grows and shrinks on demand. */
export interface OnDemandScaling {
  /** How long an instance above the minimum may serve nobody before it goes. */
  readonly idleTimeout: Duration;
  /** Instances that are kept idle or on their way, for callers to come; from 0. */
  readonly spare: number;
}

/**
 * One more instance for each caller who finds none free, gone again when it was idle for a while. What a pool does when its
 * configuration names no policy.
 *
 * An instance that is being created counts for the calls that it will serve at once, so that a caller who waits is not
 * counted twice.
 */
export class OnDemandScalingPolicy implements ScalingPolicy {
  readonly interval = 500;
  readonly cooldown = 0;
  readonly decidesOnDemand = true;
  readonly #idleTimeout: number;
  readonly #spare: number;

  /** @throws LLMSPELL_E_DURATION */
  constructor({ idleTimeout, spare }: OnDemandScaling) {
    this.#idleTimeout = parseDuration(idleTimeout);
    this.#spare = spare;
  }

  decide(snapshot: ScalingSnapshot): ScalingDecision | undefined {
    const { size, min, max, concurrency, waiting, warming, idleTimes } = snapshot;
    const waitingFor = Math.ceil(waiting / concurrency);
    const missing = waitingFor + this.#spare - warming - idleTimes.length;
    if (missing > 0) return size < max ? this.#grow(snapshot, missing) : undefined;
    const gone = Math.min(this.#expired(idleTimes), -missing, size - min);
    if (gone <= 0) return undefined;
    return { target: size - gone, reason: `${gone} idle for ${this.#idleTimeout} ms` };
  }

  #grow({ size, max, waiting }: ScalingSnapshot, missing: number): ScalingDecision {
    const target = Math.min(max, size + missing);
    const reason = waiting > 0 ? `${waiting} waiting` : `fewer than ${this.#spare} to spare`;
    return { target, reason };
  }

  /** Of the idle ones, which come longest idle first: how many are due. */
  #expired(idleTimes: readonly number[]): number {
    let count = 0;
    while (count < idleTimes.length && (idleTimes[count] ?? 0) >= this.#idleTimeout) count++;
    return count;
  }
}
