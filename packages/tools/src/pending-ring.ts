/** What can stand in a ring: it leaves by being no longer pending, wherever it stands. */
export interface Pending {
  readonly isPending: boolean;
}

/** A power of two. */
const FIRST_CAPACITY = 8;

/**
 * First come, first out, where anybody may leave before his turn. A ring buffer instead of a linked list: to come costs one
 * write into long-lived memory, to leave costs none.
 */
export class PendingRing<Item extends Pending> {
  #slots: (Item | undefined)[] = emptySlots(FIRST_CAPACITY);
  #head = 0;
  /** Slots in use, also by those that have left in the middle. */
  #length = 0;
  #pending = 0;

  /** How many are pending. */
  get pending(): number {
    return this.#pending;
  }

  /** The first one that is pending. */
  get first(): Item | undefined {
    return this.#slots[this.#head];
  }

  /** The last one that came, unless it was the first and has left. */
  get last(): Item | undefined {
    return this.#length === 0 ? undefined : this.#slots[(this.#head + this.#length - 1) & (this.#slots.length - 1)];
  }

  /** @param item which is pending */
  push(item: Item): void {
    if (this.#length === this.#slots.length) this.#arrange(2 * this.#slots.length);
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = item;
    this.#length++;
    this.#pending++;
  }

  /** One of those in here is no longer pending. */
  leave(): void {
    this.#pending--;
    const slots = this.#slots;
    const mask = slots.length - 1;
    // Most leave when it is their turn: the ring holds on to nobody who has left.
    while (this.#length > 0 && slots[this.#head]?.isPending !== true) {
      slots[this.#head] = undefined;
      this.#head = (this.#head + 1) & mask;
      this.#length--;
    }
    if (this.#length > FIRST_CAPACITY && this.#length > 4 * this.#pending) this.#arrange(slots.length);
  }

  /** Moves those that are pending into new slots, in their order. */
  #arrange(capacity: number): void {
    const slots = emptySlots<Item>(capacity);
    let length = 0;
    for (let offset = 0; offset < this.#length; offset++) {
      const item = this.#slots[(this.#head + offset) & (this.#slots.length - 1)];
      if (item?.isPending === true) slots[length++] = item;
    }
    this.#slots = slots;
    this.#head = 0;
    this.#length = length;
  }
}

/** Filled, so that the array has no holes. */
function emptySlots<Item>(capacity: number): (Item | undefined)[] {
  return new Array<Item | undefined>(capacity).fill(undefined);
}
