import type { PlannedHook } from "../plan/execution-plan.ts";

/** Who is told how the calls of a run have ended. */
export interface SlotOwner {
  answered(index: number, value: unknown, slots: CallSlots): void;
  failed(index: number, error: unknown, slots: CallSlots): void;
}

/**
 * The functions that wait for the hooks of one run: two for each hook, made once and lent to one run after the other,
 * because to make them anew for every call takes longer than all else that a call needs.
 */
export class CallSlots {
  /** By position in the plan. */
  readonly onAnswer: ((value: unknown) => void)[] = [];
  readonly onError: ((error: unknown) => void)[] = [];
  /** What the strategy wants to be told of each call. */
  readonly whenDone: ((hook: PlannedHook) => void)[] = [];
  /** Whether the changes of each call are merged at once. */
  readonly mergesAtOnce: boolean[] = [];
  /** The run that they are lent to. */
  owner: SlotOwner | undefined;

  /** @param length how many hooks there are */
  constructor(length: number) {
    for (let index = 0; index < length; index++) {
      this.onAnswer.push((value) => this.owner?.answered(index, value, this));
      this.onError.push((error) => this.owner?.failed(index, error, this));
    }
  }
}

/** Slots that no run uses now; as many as runs have gone on at once, up to a bound. */
export class SlotPool {
  /** How many hooks there are. */
  readonly #length: number;
  readonly #free: CallSlots[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  take(owner: SlotOwner): CallSlots {
    const slots = this.#free.pop() ?? new CallSlots(this.#length);
    slots.owner = owner;
    return slots;
  }

  /** Only when every call that used them has ended: a late answer would else be told to another run. */
  giveBack(slots: CallSlots): void {
    slots.owner = undefined;
    if (this.#free.length < MOST_FREE) this.#free.push(slots);
  }
}

/** More runs than this at once are rare, and then each makes its own. */
const MOST_FREE = 64;
