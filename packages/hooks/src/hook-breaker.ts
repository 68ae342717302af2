import { type Clock, type Duration, parseDuration } from "@llmspell/base";
import { type BreakerPermit, type BreakerState, CircuitBreaker } from "@llmspell/resilience";
import { type HookBreakerOptions, hookBreakerOptionsDefaults } from "./generated/options.ts";
import type { HookErrorPolicy } from "./hook.ts";

/** What a breaker must know of its hook. */
export interface BreakerHook {
  readonly expectedDuration: Duration;
  readonly onError: HookErrorPolicy;
}

/** Twice the expected duration is an overrun. */
const OVERRUN = 2;

/** A circuit breaker for a hook, to which an answer that comes too slowly is as bad as a failure. */
export class HookBreaker {
  /** What becomes of the hook while the breaker is open. */
  readonly whenOpen: "fail" | "skip" | "cached";
  readonly #breaker: CircuitBreaker;
  /** Milliseconds; infinite where nothing is known of how long the hook should take. */
  readonly #slowCallDuration: number;

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: HookBreakerOptions, { expectedDuration, onError }: BreakerHook, clock: Clock) {
    const { slowCallDuration, whenOpen = onError, ...settings } = { ...hookBreakerOptionsDefaults, ...options };
    const expected = parseDuration(expectedDuration);
    const usual = expected > 0 ? OVERRUN * expected : Number.POSITIVE_INFINITY;
    this.whenOpen = whenOpen;
    this.#breaker = new CircuitBreaker(settings, { clock });
    this.#slowCallDuration = slowCallDuration === undefined ? usual : parseDuration(slowCallDuration);
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  /** The permit for a call; `undefined` when the hook must not be called now. Each must end in `record` or `release`. */
  tryAcquire(): BreakerPermit | undefined {
    return this.#breaker.tryAcquire();
  }

  /** @param duration milliseconds */
  record(permit: BreakerPermit, duration: number, hasSucceeded: boolean): void {
    this.#breaker.record(permit, hasSucceeded && duration <= this.#slowCallDuration);
  }

  /** The call was given up before it could tell anything. */
  release(permit: BreakerPermit): void {
    this.#breaker.release(permit);
  }
}
