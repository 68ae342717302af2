import type { BusEvent } from "./bus-event.ts";

/** A first-in-first-out list that reuses its slots: nothing is allocated per event once it has grown to its size. */
export class EventRing {
  #slots: (BusEvent | undefined)[] = new Array(16).fill(undefined);
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
    const head = this.#head;
    const slots = this.#slots;
    const event = slots[head];
    slots[head] = undefined;
    this.#head = (head + 1) & (slots.length - 1);
    this.length--;
    return event;
  }

  /** The number of slots stays a power of two, so that wrapping around is a mask. */
  #grow(): void {
    const { length } = this.#slots;
    const grown: (BusEvent | undefined)[] = new Array(length * 2).fill(undefined);
    for (let index = 0; index < length; index++) grown[index] = this.#slots[(this.#head + index) & (length - 1)];
    this.#slots = grown;
    this.#head = 0;
  }
}
