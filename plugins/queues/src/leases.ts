import type { Clock, Timer } from "@llmspell/base";
import type { BusEvent } from "@llmspell/events";

/** One event in the file, whoever was given it. */
export interface Kept {
  readonly position: number;
  /** Somebody has handled it: it is in the file no longer. */
  isDone: boolean;
}

interface Lease {
  readonly kept: Kept;
  /** When it runs out. */
  readonly deadline: number;
}

/**
 * Who was given what, and until when. A lease that runs out is not forgotten: whoever had it may still end its work, and
 * then the event need not be handed out yet another time.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #timeout: number | undefined;
  readonly #expired: (event: BusEvent, kept: Kept) => void;
  /** In the order in which they run out, since all last equally long. */
  readonly #held = new Map<BusEvent, Lease>();
  readonly #late = new WeakMap<BusEvent, Kept>();
  /** Of events that the channel keeps back: no time runs for them. */
  readonly #paused = new Map<BusEvent, Kept>();
  #timer: Timer | undefined;

  /**
   * @param timeout how long a lease lasts in milliseconds; `undefined` is for ever
   * @param expired called with what is to be handed out again: a copy of the event, which is the receipt of its next lease
   */
  constructor(clock: Clock, timeout: number | undefined, expired: (event: BusEvent, kept: Kept) => void) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#expired = expired;
  }

  begin(event: BusEvent, kept: Kept): void {
    const deadline = this.#timeout === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + this.#timeout;
    this.#held.set(event, { kept, deadline });
    if (this.#timeout !== undefined) this.#watch(this.#timeout);
  }

  /** Ends the lease of an event, also one that has run out; what it was of, `undefined` when there is none. */
  end(event: BusEvent): Kept | undefined {
    const kept = this.#held.get(event)?.kept ?? this.#paused.get(event) ?? this.#late.get(event);
    if (!this.#held.delete(event) && !this.#paused.delete(event)) this.#late.delete(event);
    return kept;
  }

  /** Stops the time of an event's lease, if it has not run out; `resume` begins it anew. */
  pause(event: BusEvent): void {
    const lease = this.#held.get(event);
    if (lease === undefined) return;
    this.#held.delete(event);
    this.#paused.set(event, lease.kept);
  }

  resume(event: BusEvent): void {
    const kept = this.#paused.get(event);
    if (kept === undefined) return;
    this.#paused.delete(event);
    this.begin(event, kept);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#held.clear();
    this.#paused.clear();
  }

  #watch(delay: number): void {
    this.#timer ??= this.#clock.setTimeout(() => this.#expire(), delay).unref();
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const [event, { kept, deadline }] of this.#held) {
      if (deadline > now) {
        this.#watch(deadline - now);
        return;
      }
      this.#held.delete(event);
      if (kept.isDone) continue;
      this.#late.set(event, kept);
      this.#expired({ ...event }, kept);
    }
  }
}
