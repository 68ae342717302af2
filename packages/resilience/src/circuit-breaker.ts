import { type Clock, parseDuration, systemClock } from "@llmspell/base";
import { type CircuitBreakerOptions, circuitBreakerOptionsDefaults } from "./generated/options.ts";

export type BreakerState = "closed" | "open" | "half_open";

const CLOSED = 0;
const OPEN = 1;
const HALF_OPEN = 2;
const STATE_NAMES = ["closed", "open", "half_open"] as const;

/** The window is counted in this many slices; a call counts for between nine tenths and the whole of the window. */
const SLICES = 10;

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
 * Each call that `tryAcquire` allowed must end in exactly one `record` or `release`. The state machine is M. Nygard's,
 * Release It! (2007).
 *
 * @example
 * if (!breaker.tryAcquire()) throw new Error("try later");
 * try { await call(); breaker.record(true); } catch (error) { breaker.record(false); throw error; }
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
  #state = CLOSED;
  #openedAt = 0;
  #openings = 0;
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
    return STATE_NAMES[this.#state] ?? "closed";
  }

  /** How often it has opened. */
  get openings(): number {
    return this.#openings;
  }

  /** Milliseconds until an open breaker lets a trial call through; 0 when it is not open. */
  get retryAfter(): number {
    if (this.#state !== OPEN) return 0;
    return Math.max(0, this.#openedAt + this.#openDuration - this.#clock.now());
  }

  /** Whether a call may be made now. While closed this is one comparison. */
  tryAcquire(): boolean {
    if (this.#state === CLOSED) return true;
    if (this.#state === OPEN) {
      if (this.retryAfter > 0) return false;
      this.#state = HALF_OPEN;
      this.#trials = 0;
      this.#trialSuccesses = 0;
    }
    if (this.#trials >= this.#halfOpenCalls) return false;
    this.#trials++;
    return true;
  }

  /**
   * Tells how an allowed call ended.
   *
   * @param now the clock's time, where the caller has just read it
   */
  record(succeeded: boolean, now: number = this.#clock.now()): void {
    if (this.#state === CLOSED) this.#count(succeeded, now);
    else if (this.#state === HALF_OPEN) this.#recordTrial(succeeded, now);
  }

  /** Gives back an allowed call that ended without telling anything: it was cancelled, or never made. */
  release(): void {
    if (this.#state === HALF_OPEN && this.#trials > this.#trialSuccesses) this.#trials--;
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
    this.#state = CLOSED;
    this.#clear(now);
  }

  #open(now: number): void {
    this.#state = OPEN;
    this.#openedAt = now;
    this.#openings++;
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
