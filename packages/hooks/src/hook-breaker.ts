import { type Clock, parseDuration } from "@llmspell/base";
import { type BreakerPermit, type BreakerState, CircuitBreaker } from "@llmspell/resilience";
import type { HookBreakerOptions } from "./generated/options.ts";
import { breakerSettingsOf } from "./hook-settings.ts";
import type { PlannableHook } from "./plan/plan-hooks.ts";

/** A circuit breaker for a hook, to which an answer that comes too slowly is as bad as a failure. */
export class HookBreaker {
  /** What becomes of the hook while the breaker is open. */
  readonly whenOpen: "fail" | "skip" | "cached";
  readonly #breaker: CircuitBreaker;
  /** Milliseconds; infinite where nothing is known of how long the hook should take. */
  readonly #slowCallDuration: number;

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: HookBreakerOptions, hook: Pick<PlannableHook, "expectedDuration" | "onError">, clock: Clock) {
    const { slowCallDuration, whenOpen, ...settings } = breakerSettingsOf(options, hook);
    this.whenOpen = whenOpen;
    this.#breaker = new CircuitBreaker(settings, { clock });
    this.#slowCallDuration =
      slowCallDuration === undefined ? Number.POSITIVE_INFINITY : parseDuration(slowCallDuration);
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

  /**
   * The call was stopped before it had answered. That says nothing of the hook, unless it was too slow already: a hook that
   * hangs must not pass for one that has recovered.
   *
   * @param duration milliseconds
   */
  recordStopped(permit: BreakerPermit, duration: number): void {
    if (duration > this.#slowCallDuration) this.#breaker.record(permit, false);
    else this.#breaker.release(permit);
  }

  /** The call was given up before it could tell anything. */
  release(permit: BreakerPermit): void {
    this.#breaker.release(permit);
  }
}
