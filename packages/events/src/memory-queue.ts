import type { BusEvent } from "./bus-event.ts";
import { PRIORITIES, type Priority, URGENCY } from "./priority.ts";
import type { Queue } from "./queue.ts";

/** A first-in-first-out list that reuses its slots: nothing is allocated per event once it has grown to its size. */
class Ring {
  #slots: (BusEvent | undefined)[] = new Array(16);
  #head = 0;
  length = 0;

  push(event: BusEvent): void {
    if (this.length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.length) & (this.#slots.length - 1)] = event;
    this.length++;
  }

  unshift(event: BusEvent): void {
    if (this.length === this.#slots.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#slots.length - 1);
    this.#slots[this.#head] = event;
    this.length++;
  }

  shift(): BusEvent | undefined {
    if (this.length === 0) return undefined;
    const event = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.length--;
    return event;
  }

  /** The number of slots stays a power of two, so that wrapping around is a mask. */
  #grow(): void {
    const { length } = this.#slots;
    const grown: (BusEvent | undefined)[] = new Array(length * 2);
    for (let index = 0; index < length; index++) grown[index] = this.#slots[(this.#head + index) & (length - 1)];
    this.#slots = grown;
    this.#head = 0;
  }
}

/** Keeps waiting events in the process's memory, one ring a priority. What waits is lost with the process. */
export class MemoryQueue implements Queue {
  readonly durable: boolean = false;
  readonly #rings: readonly Ring[] = PRIORITIES.map(() => new Ring());
  readonly #returned = new Ring();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  enqueue(event: BusEvent, priority: Priority): void {
    this.#rings[URGENCY[priority]]?.push(event);
    this.#size++;
  }

  dequeue(): BusEvent | undefined {
    if (this.#size === 0) return undefined;
    if (this.#returned.length > 0) return this.#take(this.#returned);
    for (const ring of this.#rings) if (ring.length > 0) return this.#take(ring);
    return undefined;
  }

  /** A leased event is no longer held, so there is nothing to forget. */
  ack(_event: BusEvent): void {}

  nack(event: BusEvent): void {
    this.#returned.unshift(event);
    this.#size++;
  }

  evict(newcomer: Priority): BusEvent | undefined {
    for (let urgency = PRIORITIES.length - 1; urgency >= URGENCY[newcomer]; urgency--) {
      const ring = this.#rings[urgency];
      if (ring !== undefined && ring.length > 0) return this.#take(ring);
    }
    return newcomer === "critical" && this.#returned.length > 0 ? this.#take(this.#returned) : undefined;
  }

  #take(ring: Ring): BusEvent | undefined {
    this.#size--;
    return ring.shift();
  }
}
