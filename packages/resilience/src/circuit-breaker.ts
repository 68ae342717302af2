import { type Clock, parseDuration, systemClock } from "@llmspell/base";
import { CallWindow } from "./call-window.ts";
import { type CircuitBreakerOptions, circuitBreakerOptionsDefaults } from "./generated/options.ts";

/** Where a breaker stands: it lets calls through, refuses them, or lets a few through to see how they end. */
export type BreakerState = "closed" | "open" | "half_open";

const CLOSED = 0;
const OPEN = 1;
const HALF_OPEN = 2;
const STATE_NAMES = ["closed", "open", "half_open"] as const;

/** That a call may be made; it is given back with how the call ended. The number of the state's generation. */
export type BreakerPermit = number;

/** What a breaker takes from outside; the system's when left out. */
export interface CircuitBreakerDependencies {
  readonly clock?: Clock | undefined;
}

/**
 * Stops calls that keep failing, so that what is broken can recover and callers learn of it at once.
 *
 * Closed, it lets calls through and watches, in a sliding window, the share of those that fail and of those that are slow,
 * and how many fail in a row. At a threshold it opens and refuses calls. After `openDuration` it is half-open: a few trial
 * calls go through; when all succeed in time it closes, when one does not it opens again.
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
  readonly #consecutiveFailures: number;
  readonly #slowCallDuration: number;
  readonly #slowCallThreshold: number;
  readonly #openDuration: number;
  readonly #halfOpenCalls: number;
  readonly #window: CallWindow;
  #failuresInARow = 0;
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
    this.#consecutiveFailures = settings.consecutiveFailures ?? Number.POSITIVE_INFINITY;
    const { slowCallDuration } = settings;
    this.#slowCallDuration =
      slowCallDuration === undefined ? Number.POSITIVE_INFINITY : parseDuration(slowCallDuration);
    this.#slowCallThreshold = settings.slowCallThreshold;
    this.#openDuration = parseDuration(settings.openDuration);
    this.#halfOpenCalls = settings.halfOpenCalls;
    this.#window = new CallWindow(parseDuration(settings.window), this.#clock.now());
  }

  /** Where it stands now; an open breaker whose time is over reads as half-open. */
  get state(): BreakerState {
    if (this.#state === OPEN && this.retryAfter === 0) return "half_open";
    return STATE_NAMES[this.#state];
  }

  /** Whether it wants to be told how long calls take. */
  get watchesDuration(): boolean {
    return this.#slowCallDuration < Number.POSITIVE_INFINITY;
  }

  /** Whether `tryAcquire` would give a permit now. */
  get allowsCall(): boolean {
    if (this.#state === CLOSED) return true;
    return this.#state === OPEN ? this.retryAfter === 0 : this.#trials < this.#halfOpenCalls;
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
   * @param duration how long the call took, in milliseconds; needed where `watchesDuration`
   */
  record(permit: BreakerPermit, succeeded: boolean, now: number = this.#clock.now(), duration = 0): void {
    if (permit !== this.#generation) return;
    const isSlow = duration > this.#slowCallDuration;
    if (this.#state === CLOSED) this.#count(succeeded, isSlow, now);
    else this.#recordTrial(succeeded && !isSlow, now);
  }

  /**
   * Tells that many calls, all under one permit of a closed breaker, have succeeded in time: the same as to record each.
   *
   * @param now the clock's time
   */
  recordSuccesses(permit: BreakerPermit, count: number, now: number): void {
    if (permit !== this.#generation || this.#state !== CLOSED || count === 0) return;
    this.#window.countSuccesses(count, now);
    this.#failuresInARow = 0;
  }

  /** Gives back a permit whose call ended without telling anything: it was cancelled, or never made. */
  release(permit: BreakerPermit): void {
    if (permit === this.#generation && this.#state === HALF_OPEN) this.#trials--;
  }

  /** Closes it, whatever it has seen, and forgets that. */
  reset(): void {
    this.#close(this.#clock.now());
  }

  #enter(state: typeof CLOSED | typeof OPEN | typeof HALF_OPEN): void {
    this.#state = state;
    this.#generation++;
  }

  #count(succeeded: boolean, isSlow: boolean, now: number): void {
    this.#window.count(!succeeded, isSlow, now);
    this.#failuresInARow = succeeded ? 0 : this.#failuresInARow + 1;
    // Sums are made only when something went wrong; most calls end here.
    if ((!succeeded || isSlow) && this.#isTooMuch()) this.#open(now);
  }

  #isTooMuch(): boolean {
    if (this.#failuresInARow >= this.#consecutiveFailures) return true;
    const { calls, failures, slowCalls } = this.#window;
    if (calls < this.#minimumCalls) return false;
    return failures >= this.#threshold * calls || slowCalls >= this.#slowCallThreshold * calls;
  }

  #recordTrial(succeeded: boolean, now: number): void {
    if (!succeeded) {
      this.#open(now);
      return;
    }
    this.#trialSuccesses++;
    if (this.#trialSuccesses >= this.#halfOpenCalls) this.#close(now);
  }

  #close(now: number): void {
    this.#enter(CLOSED);
    this.#failuresInARow = 0;
    this.#window.clear(now);
  }

  #open(now: number): void {
    this.#enter(OPEN);
    this.#openedAt = now;
  }
}
