import type { Clock, Timer } from "@llmspell/base";
import type { Priority } from "./priority.ts";
import { RoomQueue } from "./room-queue.ts";

/** The burst that a gate lets through, in seconds of its rate; half of it is kept for events that are not low. */
const BURST_SECONDS = 0.2;
/** Room for one low event above what is kept for a normal one, however low the rate. */
const LEAST_BURST = 2;
/** The shortest and the longest wait between two looks at those who wait; milliseconds. */
const SHORTEST_WAIT = 10;
const LONGEST_WAIT = 1000;
/** A low event whose emitter waits is let in after this long, however many normal ones come; milliseconds. */
const LOW_PATIENCE = 1000;

/**
 * Where the rate that a flow controller sets is kept: a channel's door for normal and low events. Urgent ones it does not
 * hold up. It is a token bucket whose rate changes; low events may take tokens only from its upper half, so that they
 * are the first for which there are none (trunk reservation). Emitters that can wait are let in at the rate, in their order;
 * nobody overtakes them.
 *
 * Without a limit it costs an event one comparison; with one, the clock is read only when tokens have run out.
 */
export class FlowGate {
  /** Whether there is a limit. When false, `admits` need not be asked. */
  isLimiting = false;
  /** Events whose emitters had to wait here. */
  delayed = 0;
  /** Events that were refused here. */
  refused = 0;
  readonly #clock: Clock;
  /** How many may wait at most, in each line. */
  readonly #places: number;
  readonly #normal = new RoomQueue();
  readonly #low = new RoomQueue();
  #rate = Number.POSITIVE_INFINITY;
  #burst = 0;
  #tokens = 0;
  #filledAt: number;
  #lowServedAt: number;
  /** Whether a low event has waited for so long that the next token is its. */
  #isLowNext = false;
  #timer: Timer | undefined;

  /**
   * @param rate events a second, above 0; `Infinity` for no limit
   * @param places how many emitters may wait at a time, of low and of normal events each
   */
  constructor(rate: number, places: number, clock: Clock) {
    this.#clock = clock;
    this.#places = places;
    this.#filledAt = clock.now();
    this.#lowServedAt = this.#filledAt;
    this.setRate(rate);
    this.#tokens = this.#burst;
  }

  /** Events a second; `Infinity` when there is no limit. */
  get rate(): number {
    return this.#rate;
  }

  /** Emitters that wait here now. */
  get waiting(): number {
    return this.#normal.length + this.#low.length;
  }

  /** Sets how many events a second come in from now on: above 0; `Infinity` for no limit. */
  setRate(rate: number): void {
    this.#refill();
    // What comes in without a limit earns nothing for the time with one.
    if (!this.isLimiting) this.#tokens = 0;
    this.#rate = rate;
    this.isLimiting = rate !== Number.POSITIVE_INFINITY;
    this.#burst = this.isLimiting ? Math.max(LEAST_BURST, rate * BURST_SECONDS) : 0;
    this.#tokens = Math.min(this.#tokens, this.#burst);
    if (this.waiting > 0) this.#serve();
  }

  /** Whether an event may come in now. */
  admits(priority: Priority): boolean {
    if (!this.isLimiting || priority === "critical" || priority === "high") return true;
    const kept = priority === "low" ? this.#burst / 2 : 0;
    // What comes in would overtake those who wait; normal events may overtake low ones, but not for ever.
    if (this.#normal.length > 0 || this.#isLowNext || (priority === "low" && this.#low.length > 0)) return false;
    if (this.#tokens - kept < 1) this.#refill();
    if (this.#tokens - kept < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Whether the emitter of one more event may wait. Those of low events take no place from the others. */
  hasPlaceFor(priority: Priority): boolean {
    return this.#lineOf(priority).length < this.#places;
  }

  /** Waits for an event's turn: true when it may come in, false when the wait was aborted or the gate closed. */
  wait(priority: Priority, signal: AbortSignal | undefined): Promise<boolean> {
    const line = this.#lineOf(priority);
    const turn = line.wait(signal);
    if (line.length !== 1) return turn;
    // The first of a line may be due before the first of the other.
    this.#refill();
    if (line === this.#low) this.#lowServedAt = this.#filledAt;
    this.#serveLater();
    return turn;
  }

  /** Turns everyone away who waits. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#normal.turnAllAway();
    this.#low.turnAllAway();
  }

  #lineOf(priority: Priority): RoomQueue {
    return priority === "low" ? this.#low : this.#normal;
  }

  /** Lets in those whose turn it is. */
  #serve(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#refill();
    this.#isLowNext = this.#low.length > 0 && this.#filledAt - this.#lowServedAt >= LOW_PATIENCE;
    if (this.#isLowNext && this.#tokens >= 1) this.#admitLow();
    while (this.#normal.length > 0 && this.#tokens >= 1) {
      this.#tokens--;
      this.#normal.admitOne();
    }
    while (this.#low.length > 0 && this.#tokens - this.#burst / 2 >= 1) this.#admitLow();
    if (this.waiting > 0) this.#serveLater();
  }

  #admitLow(): void {
    this.#tokens--;
    this.#lowServedAt = this.#filledAt;
    this.#isLowNext = false;
    this.#low.admitOne();
  }

  /** Its timer keeps the process alive: somebody waits for it. */
  #serveLater(): void {
    const kept = this.#normal.length > 0 || this.#isLowNext ? 0 : this.#burst / 2;
    const needed = 1 + kept - this.#tokens;
    const wait = Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, (needed / this.#rate) * 1000));
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => this.#serve(), wait);
  }

  #refill(): void {
    const now = this.#clock.now();
    const elapsed = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#tokens = this.isLimiting
      ? Math.min(this.#burst, this.#tokens + elapsed * this.#rate)
      : Number.POSITIVE_INFINITY;
  }
}
