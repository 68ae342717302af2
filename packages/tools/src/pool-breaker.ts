import type { Clock } from "@llmspell/base";
import {
  type BreakerPermit,
  type BreakerState,
  CircuitBreaker,
  type CircuitBreakerOptions,
} from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";

export interface PoolBreakerOptions {
  readonly pool: string;
  /** Without any, all are admitted. */
  readonly breaker: CircuitBreakerOptions | undefined;
  readonly clock: Clock;
  /** It has opened: with this error whoever comes is refused now. */
  onOpened(reason: Error): void;
}

/** Refuses the requests of a pool whose calls keep failing; admits all where no breaker is wanted. */
export class PoolBreaker {
  readonly #options: PoolBreakerOptions;
  readonly #breaker: CircuitBreaker | undefined;

  constructor(options: PoolBreakerOptions) {
    const { breaker, clock } = options;
    this.#options = options;
    this.#breaker = breaker === undefined ? undefined : new CircuitBreaker(breaker, { clock });
  }

  /** Undefined where there is none. */
  get state(): BreakerState | undefined {
    return this.#breaker?.state;
  }

  /**
   * The permit for a request, which must end in `record` or `release`.
   *
   * @throws LLMSPELL_E_POOL_BREAKER_OPEN
   */
  admit(): BreakerPermit | undefined {
    if (this.#breaker === undefined) return undefined;
    const permit = this.#breaker.tryAcquire();
    if (permit === undefined) throw this.#openError(this.#breaker);
    return permit;
  }

  /** The request tells nothing of the tool: it got no instance, was given up, or asked for what cannot be. */
  release(permit: BreakerPermit | undefined): void {
    if (permit !== undefined) this.#breaker?.release(permit);
  }

  /** @param duration milliseconds */
  record(permit: BreakerPermit | undefined, isSuccess: boolean, now: number, duration: number): void {
    const breaker = this.#breaker;
    if (breaker === undefined || permit === undefined) return;
    breaker.record(permit, isSuccess, now, duration);
    if (breaker.state === "open") this.#options.onOpened(this.#openError(breaker));
  }

  #openError({ retryAfter }: CircuitBreaker): Error {
    return toolErrors.LLMSPELL_E_POOL_BREAKER_OPEN({ pool: this.#options.pool, retryAfter });
  }
}
