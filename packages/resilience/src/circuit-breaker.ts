import { type Clock, parseDuration, systemClock } from "@llmspell/base";
import { type CircuitBreakerOptions, circuitBreakerOptionsDefaults } from "./generated/options.ts";

/** Where a breaker stands: it lets calls through, refuses them, or lets a few through to see how they end. */
export type BreakerState = "closed" | "open" | "half_open";

const CLOSED = 0;
const OPEN = 1;
const HALF_OPEN = 2;
const STATE_NAMES = ["closed", "open", "half_open"] as const;

/** The window is counted in this many slices; a call counts for between nine tenths and the whole of the window. */
const SLICES = 10;

/** That a call may be made; it is given back with how the call ended. The number of the state's generation. */
export type BreakerPermit = number;

/** What a breaker takes from outside; the system's when left out. */
export interface CircuitBreakerDependencies {
  readonly clock?: Clock | undefined;
}

/**
 * Stops calls that keep failing, so that what is broken can recover and callers learn of it at once.
 *
 * Closed, it lets calls through and watches the share of failures in a sliding window. At the threshold it opens and
 * refuses calls. After `openDuration` it is half-open: a few trial calls go through; when all succeed it closes, when one
 * fails it opens again.
 *
 * Each permit of `tryAcquire` must end in exactly one `record` or `release`. What a call says that was allowed before
 * the state changed does not count: a call from before the failure is no trial. The state machine is M. Nygard's, Release
 * It! (2007).
 *
 * @example
 * const permit = breaker.tryAcquire();
 * if (permit === undefined) throw new Error("try later");
 * try { await call(); breaker.record(permit, true); } catch (error) { breaker.record(permit, false); throw error; }
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #threshold: number;
  readonly #minimumCalls: number;
  readonly #openDuration: number;
  readonly #halfOpenCalls: number;
  readonly #sliceDuration: number;
  readonly #calls = new Float64Array(SLICES);
  readonly #failures = new Float64Array(SLICES);
  #slice = 0;
  #sliceEnd: number;
  #state: typeof CLOSED | typeof OPEN | typeof HALF_OPEN = CLOSED;
  /** Of permits: another one with each change of the state. */
  #generation: BreakerPermit = 1;
  #openedAt = 0;
  #trials = 0;
  #trialSuccesses = 0;

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: CircuitBreakerOptions = {}, dependencies: CircuitBreakerDependencies = {}) {
    const settings = { ...circuitBreakerOptionsDefaults, ...options };
    this.#clock = dependencies.clock ?? systemClock;
    this.#threshold = settings.threshold;
    this.#minimumCalls = settings.minimumCalls;
    this.#openDuration = parseDuration(settings.openDuration);
    this.#halfOpenCalls = settings.halfOpenCalls;
    this.#sliceDuration = Math.max(1, parseDuration(settings.window)) / SLICES;
    this.#sliceEnd = this.#clock.now() + this.#sliceDuration;
  }

  /** Where it stands now; an open breaker whose time is over reads as half-open. */
  get state(): BreakerState {
    if (this.#state === OPEN && this.retryAfter === 0) return "half_open";
    return STATE_NAMES[this.#state];
  }

  /** Milliseconds until an open breaker lets a trial call through; 0 when it is not open. */
  get retryAfter(): number {
    if (this.#state !== OPEN) return 0;
    return Math.max(0, this.#openedAt + this.#openDuration - this.#clock.now());
  }

  /** The permit for a call, or `undefined` when none may be made now. While closed this is one comparison. */
  tryAcquire(): BreakerPermit | undefined {
    if (this.#state === CLOSED) return this.#generation;
    if (this.#state === OPEN) {
      if (this.retryAfter > 0) return undefined;
      this.#enter(HALF_OPEN);
      this.#trials = 0;
      this.#trialSuccesses = 0;
    }
    if (this.#trials >= this.#halfOpenCalls) return undefined;
    this.#trials++;
    return this.#generation;
  }

  /**
   * Tells how an allowed call ended.
   *
   * @param now the clock's time, where the caller has just read it
   */
  record(permit: BreakerPermit, succeeded: boolean, now: number = this.#clock.now()): void {
    if (permit !== this.#generation) return;
    if (this.#state === CLOSED) this.#count(succeeded, now);
    else this.#recordTrial(succeeded, now);
  }

  /** Gives back a permit whose call ended without telling anything: it was cancelled, or never made. */
  release(permit: BreakerPermit): void {
    if (permit === this.#generation && this.#state === HALF_OPEN) this.#trials--;
  }

  #enter(state: typeof CLOSED | typeof OPEN | typeof HALF_OPEN): void {
    this.#state = state;
    this.#generation++;
  }

  #count(succeeded: boolean, now: number): void {
    if (now >= this.#sliceEnd) this.#advance(now);
    this.#calls[this.#slice] = (this.#calls[this.#slice] ?? 0) + 1;
    if (succeeded) return;
    this.#failures[this.#slice] = (this.#failures[this.#slice] ?? 0) + 1;
    const calls = sum(this.#calls);
    if (calls >= this.#minimumCalls && sum(this.#failures) >= this.#threshold * calls) this.#open(now);
  }

  #recordTrial(succeeded: boolean, now: number): void {
    if (!succeeded) {
      this.#open(now);
      return;
    }
    this.#trialSuccesses++;
    if (this.#trialSuccesses < this.#halfOpenCalls) return;
    this.#enter(CLOSED);
    this.#clear(now);
  }

  #open(now: number): void {
    this.#enter(OPEN);
    this.#openedAt = now;
  }

  /** Moves to the slice of `now`, emptying those between. */
  #advance(now: number): void {
    const passed = Math.floor((now - this.#sliceEnd) / this.#sliceDuration) + 1;
    if (passed >= SLICES) {
      this.#clear(now);
      return;
    }
    for (let step = 0; step < passed; step++) {
      this.#slice = (this.#slice + 1) % SLICES;
      this.#calls[this.#slice] = 0;
      this.#failures[this.#slice] = 0;
    }
    this.#sliceEnd += passed * this.#sliceDuration;
  }

  #clear(now: number): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#sliceEnd = now + this.#sliceDuration;
  }
}

function sum(slices: Float64Array): number {
  let total = 0;
  for (let index = 0; index < slices.length; index++) total += slices[index] ?? 0;
  return total;
}
