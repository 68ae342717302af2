import type { BusEvent } from "./bus-event.ts";
import type { EventKey } from "./event-key.ts";
import { EventRing } from "./event-ring.ts";
import type { Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";

/**
 * So many events of a durable queue are looked at beyond those that can be handed out. They are in memory, which the
 * others of such a queue are not; a queue in memory has all of them there, and may be searched to its end.
 */
const LOOK_AHEAD = 1000;

/** Where all events wait, whatever their priority: otherwise one of a key could come before those queued ahead of it. */
const ONE_LINE: Priority = "normal";

/** The events of one key, while there are any that were taken from the queue. */
interface Line {
  readonly key: string;
  /** The one that is handled now, or is to be handed out next. */
  holder: BusEvent;
  /** Those that come after it; made when there is a first one. */
  followers: EventRing | undefined;
}

/**
 * Makes any queue one that keeps the order of each key: hands out no event as long as an earlier one of the same key is
 * leased. What is held back stands in the line of its key and counts as waiting; events of other keys pass it.
 *
 * What it remembers of a key is gone when nothing of that key is leased or held back.
 */
export class OrderedQueue implements Queue {
  readonly durable: boolean;
  readonly #inner: Queue;
  readonly #eventKey: EventKey;
  readonly #failed: (problem: string, error: unknown) => void;
  readonly #lookAhead: number;
  readonly #lines = new Map<string, Line>();
  /** The lines of events that are leased, and of those that are ready. */
  readonly #leased = new Map<BusEvent, Line>();
  /** The lines of events that are held back, the oldest first. */
  readonly #held = new Map<BusEvent, Line>();
  /** Events whose turn has come, and that nobody has asked for yet. */
  readonly #ready = new EventRing();
  /** How many of the events that the inner queue put back by itself have been taken out of it again. */
  #takenAgain = 0;

  /** @param failed told when the inner queue fails at something that nobody has asked for */
  constructor(inner: Queue, eventKey: EventKey, failed: (problem: string, error: unknown) => void) {
    this.durable = inner.durable;
    this.#inner = inner;
    this.#eventKey = eventKey;
    this.#failed = failed;
    this.#lookAhead = inner.durable ? LOOK_AHEAD : Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#inner.size + this.#held.size + this.#ready.length;
  }

  get redelivered(): number {
    return this.#inner.redelivered ?? 0;
  }

  /** How many events wait for one before them of the same key. */
  get heldBack(): number {
    return this.#held.size;
  }

  /** How many keys it remembers something of. */
  get keys(): number {
    return this.#lines.size;
  }

  /** The key of a leased event, where it has one. */
  keyOf(event: BusEvent): string | undefined {
    return this.#leased.get(event)?.key;
  }

  open(wake: () => void): void | Promise<void> {
    return this.#inner.open?.(wake);
  }

  enqueue(event: BusEvent, _priority: Priority): void | Promise<void> {
    return this.#inner.enqueue(event, ONE_LINE);
  }

  dequeue(): BusEvent | undefined {
    const ready = this.#ready.shift();
    if (ready !== undefined) {
      this.#setTime("resume", ready);
      return ready;
    }
    while (this.#mayLookFurther()) {
      const event = this.#inner.dequeue();
      if (event === undefined) return undefined;
      if (this.#takenAgain < this.redelivered) this.#takenAgain++;
      if (this.#mayBegin(event)) return event;
    }
    return undefined;
  }

  ack(event: BusEvent): void | Promise<void> {
    try {
      return this.#inner.ack(event);
    } finally {
      this.#release(event);
    }
  }

  /** The first of a line stays the first: those behind it go on waiting. */
  nack(event: BusEvent): void {
    if (this.#leased.get(event)?.holder === event) {
      this.#setTime("hold", event);
      this.#ready.unshift(event);
      return;
    }
    this.#leased.delete(event);
    this.#inner.nack(event);
    // It comes out before those that the inner queue has put back by itself.
    this.#takenAgain--;
  }

  evict(newcomer: Priority): BusEvent | undefined {
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) return this.#evictHeld(oldest);
    const evicted = this.#inner.evict(ONE_LINE);
    if (evicted !== undefined || newcomer !== "critical") return evicted;
    const ready = this.#ready.shift();
    if (ready === undefined) return this.#inner.evict(newcomer);
    this.#forget(ready);
    this.#release(ready);
    return ready;
  }

  /** What is held back has not been acknowledged, so a durable queue keeps it for the next run. */
  close(): void | Promise<void> {
    return this.#inner.close?.();
  }

  /** An event that was put back for taking too long comes out first, and must: the whole look-ahead may wait for its key. */
  #mayLookFurther(): boolean {
    return this.#held.size < this.#lookAhead || this.#takenAgain < this.redelivered;
  }

  /** Whether an event that was just taken may be handed out; otherwise it is held back. */
  #mayBegin(event: BusEvent): boolean {
    const value = this.#eventKey(event);
    if (value === undefined || value === null) return true;
    const key = String(value);
    const line = this.#lines.get(key);
    if (line === undefined) {
      const first: Line = { key, holder: event, followers: undefined };
      this.#lines.set(key, first);
      this.#leased.set(event, first);
      return true;
    }
    if (this.#isAgain(event, line.holder)) {
      // Whoever has it took too long: the line waits for its second handling now, not for the first.
      line.holder = event;
      this.#leased.set(event, line);
      return true;
    }
    line.followers ??= new EventRing();
    line.followers.push(event);
    this.#held.set(event, line);
    this.#setTime("hold", event);
    return false;
  }

  /** Whether an event is the one that is leased already; emitters may give two events one id. */
  #isAgain(event: BusEvent, leased: BusEvent): boolean {
    if (this.redelivered === 0 || event.sequence !== leased.sequence) return false;
    return event.emittedAt === leased.emittedAt && event.id === leased.id && event.source === leased.source;
  }

  /** The event is done with: the next of its line is ready. */
  #release(event: BusEvent): void {
    const line = this.#leased.get(event);
    if (line === undefined) return;
    this.#leased.delete(event);
    if (line.holder !== event) return;
    const next = line.followers?.shift();
    if (next === undefined) {
      this.#lines.delete(line.key);
      return;
    }
    this.#held.delete(next);
    line.holder = next;
    this.#leased.set(next, line);
    this.#ready.push(next);
  }

  /** The oldest of those held back is the first follower of its line. */
  #evictHeld(oldest: BusEvent): BusEvent {
    this.#forget(oldest);
    this.#held.get(oldest)?.followers?.shift();
    this.#held.delete(oldest);
    return oldest;
  }

  /** A lease whose time cannot be stopped may run out; then its event comes once more, which is no reason to lose it. */
  #setTime(change: "hold" | "resume", event: BusEvent): void {
    try {
      this.#inner[change]?.(event);
    } catch (error) {
      this.#failed(`could not ${change} the lease of event ${event.id}`, error);
    }
  }

  /** Has the inner queue forget an event that was leased and never handed out: dropped it is all the same. */
  #forget(event: BusEvent): void {
    const failed = (error: unknown) => this.#failed(`could not forget event ${event.id}, which was dropped`, error);
    try {
      void this.#inner.ack(event)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
