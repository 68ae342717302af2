import type { BusEvent } from "./bus-event.ts";
import { EventRing } from "./event-ring.ts";
import { PRIORITIES, type Priority, URGENCY } from "./priority.ts";
import type { Queue } from "./queue.ts";

const NORMAL = URGENCY.normal;
const NORMAL_BIT = 1 << NORMAL;

/** For this many events that are more urgent, one that waits behind them is handed out. */
const STARVATION_BOUND = 100;

/**
 * Keeps waiting events in the process's memory, one ring a priority. What waits is lost with the process.
 *
 * The more urgent come first, but nobody starves: what waits is passed over by at most a hundred in a row.
 */
export class MemoryQueue implements Queue {
  readonly durable: boolean = false;
  readonly #normal = new EventRing();
  readonly #rings: readonly EventRing[] = PRIORITIES.map((priority) =>
    priority === "normal" ? this.#normal : new EventRing(),
  );
  readonly #returned = new EventRing();
  /** Bit n is set while the ring of urgency n has events. */
  #occupied = 0;
  #handedOut = 0;
  /** What `#handedOut` was when the ring last gave an event, or began to have some. */
  readonly #servedAt: number[] = PRIORITIES.map(() => 0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  enqueue(event: BusEvent, priority: Priority): void {
    // A comparison is quicker than a lookup by name, and most events are normal.
    const urgency = priority === "normal" ? NORMAL : URGENCY[priority];
    const bit = 1 << urgency;
    if ((this.#occupied & bit) === 0) {
      this.#occupied |= bit;
      this.#servedAt[urgency] = this.#handedOut;
    }
    this.#rings[urgency]?.push(event);
    this.#size++;
  }

  /** The same for a normal event. */
  enqueueNormal(event: BusEvent): void {
    if ((this.#occupied & NORMAL_BIT) === 0) {
      this.#occupied |= NORMAL_BIT;
      this.#servedAt[NORMAL] = this.#handedOut;
    }
    this.#normal.push(event);
    this.#size++;
  }

  dequeue(): BusEvent | undefined {
    if (this.#size === 0) return undefined;
    if (this.#returned.length > 0) {
      this.#size--;
      return this.#returned.shift();
    }
    const occupied = this.#occupied;
    // Bits below the lowest set one are none: a power of two means that only one ring has events, which is the rule.
    const urgency = (occupied & (occupied - 1)) === 0 ? 31 - Math.clz32(occupied) : this.#next(occupied);
    this.#handedOut++;
    return this.#take(urgency);
  }

  /** A leased event is no longer held, so there is nothing to forget. */
  ack(_event: BusEvent): void {}

  nack(event: BusEvent): void {
    this.#returned.unshift(event);
    this.#size++;
  }

  evict(newcomer: Priority): BusEvent | undefined {
    for (let urgency = PRIORITIES.length - 1; urgency >= URGENCY[newcomer]; urgency--) {
      if ((this.#occupied & (1 << urgency)) !== 0) return this.#take(urgency);
    }
    if (newcomer !== "critical" || this.#returned.length === 0) return undefined;
    this.#size--;
    return this.#returned.shift();
  }

  /** Of several rings that have events: one that was passed over too often, or the most urgent. */
  #next(occupied: number): number {
    for (let urgency = PRIORITIES.length - 1; urgency > 0; urgency--) {
      if ((occupied & (1 << urgency)) === 0) continue;
      if (this.#handedOut - (this.#servedAt[urgency] ?? 0) >= STARVATION_BOUND) return urgency;
    }
    return 31 - Math.clz32(occupied & -occupied);
  }

  #take(urgency: number): BusEvent | undefined {
    const ring = this.#rings[urgency];
    if (ring === undefined) return undefined;
    this.#size--;
    this.#servedAt[urgency] = this.#handedOut;
    const event = ring.shift();
    if (ring.length === 0) this.#occupied &= ~(1 << urgency);
    return event;
  }
}

/** The queue, if all its ways are those of this class, so that short cuts may be taken; not what was made of it. */
export function knownMemoryQueue(queue: Queue): MemoryQueue | undefined {
  if (!(queue instanceof MemoryQueue) || queue.constructor !== MemoryQueue) return undefined;
  return Object.keys(queue).join() === "durable" ? queue : undefined;
}
