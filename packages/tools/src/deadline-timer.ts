import type { Clock, Timer } from "@llmspell/base";
import { type Pending, PendingRing } from "./pending-ring.ts";

/** Something that ends at a time unless it is removed before: extended by what waits, so that a wait needs no second object. */
export abstract class Deadline implements Pending {
  /** Milliseconds since the Unix epoch. */
  at = 0;
  /** Those with the same time limit; undefined before it begins to run. */
  lane: Lane | undefined = undefined;
  /** Whether it runs: it has neither expired nor been removed. */
  isPending = false;

  /** Its time is over. */
  abstract expire(): void;
}

class Callback extends Deadline {
  readonly expire: () => void;

  constructor(expire: () => void) {
    super();
    this.expire = expire;
  }
}

/** Deadlines with the same time limit: those that begin later end later, so that their ends need no sorting. */
class Lane {
  readonly limit: number;
  readonly deadlines = new PendingRing<Deadline>();
  /** Not after the first one's end; before it when those that were first have been removed. */
  wakeAt = 0;
  /** Its place in the heap. */
  index = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  push(deadline: Deadline): void {
    const last = this.deadlines.last;
    // A caller's reading of the clock may be a little older than that of the one before it.
    if (last !== undefined && last.at > deadline.at) deadline.at = last.at;
    deadline.lane = this;
    deadline.isPending = true;
    this.deadlines.push(deadline);
  }

  remove(deadline: Deadline): void {
    deadline.isPending = false;
    this.deadlines.leave();
  }
}

/**
 * Many deadlines on one timer of the clock: a timer for each waiting caller would cost more than the wait's bookkeeping.
 *
 * Nearly all deadlines of a pool have the same time limit, and those stand in a lane, where adding and removing takes O(1).
 * The lanes are in a binary heap by the earliest time at which one may have something to do. The timer and the heap are not
 * set back when the earliest deadline is removed: it fires once in vain instead, which is cheaper for calls that are done
 * long before their time is over.
 */
export class DeadlineTimer implements Disposable {
  readonly #clock: Clock;
  readonly #lanes = new Map<number, Lane>();
  readonly #heap: Lane[] = [];
  /** The lane that was used last; it alone is kept while it is empty. */
  #recent: Lane | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `expire` at the time `at`, unless the deadline is removed before. */
  add(at: number, expire: () => void): Deadline {
    const now = this.#clock.now();
    const deadline = new Callback(expire);
    this.start(deadline, Math.max(0, at - now), now);
    return deadline;
  }

  /**
   * Lets a deadline expire in `limit` milliseconds, unless it is removed before.
   *
   * @param now the clock's time, which the caller has just read
   */
  start(deadline: Deadline, limit: number, now: number): void {
    deadline.at = now + limit;
    const recent = this.#recent;
    const lane = recent !== undefined && recent.limit === limit ? recent : this.#laneOf(limit, deadline.at);
    lane.push(deadline);
    if (deadline.at < lane.wakeAt) this.#wakeEarlier(lane, deadline.at);
    if (lane.wakeAt < this.#timerAt) this.#arm(lane.wakeAt, now);
  }

  /** Forgets a deadline; does nothing when it has expired or was removed. */
  remove(deadline: Deadline): void {
    const { lane } = deadline;
    if (lane === undefined || !deadline.isPending) return;
    lane.remove(deadline);
    if (lane.deadlines.pending === 0 && lane !== this.#recent) this.#drop(lane);
  }

  /** Forgets all deadlines. */
  [Symbol.dispose](): void {
    for (const { deadlines } of this.#heap) {
      for (let first = deadlines.first; first !== undefined; first = deadlines.first) first.lane?.remove(first);
    }
    this.#heap.length = 0;
    this.#lanes.clear();
    this.#recent = undefined;
    this.#disarm();
  }

  #laneOf(limit: number, wakeAt: number): Lane {
    let lane = this.#lanes.get(limit);
    if (lane === undefined) {
      lane = new Lane(limit);
      lane.wakeAt = wakeAt;
      lane.index = this.#heap.length;
      this.#lanes.set(limit, lane);
      this.#heap.push(lane);
      this.#siftUp(lane);
    }
    const before = this.#recent;
    this.#recent = lane;
    if (before !== undefined && before.deadlines.pending === 0) this.#drop(before);
    return lane;
  }

  #drop(lane: Lane): void {
    this.#lanes.delete(lane.limit);
    if (this.#recent === lane) this.#recent = undefined;
    const last = this.#heap.pop();
    if (last === undefined || last === lane) return;
    this.#place(last, lane.index);
    this.#siftUp(last);
    this.#siftDown(last);
  }

  #wakeEarlier(lane: Lane, at: number): void {
    lane.wakeAt = at;
    this.#siftUp(lane);
  }

  #arm(at: number, now: number): void {
    this.#disarm();
    this.#timerAt = at;
    this.#timer = this.#clock.setTimeout(() => this.#fire(), Math.max(0, at - now));
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let lane = this.#heap[0]; lane !== undefined && lane.wakeAt <= now; lane = this.#heap[0]) this.#wake(lane);
    const next = this.#heap[0];
    if (next !== undefined && next.wakeAt < this.#timerAt) this.#arm(next.wakeAt, now);
  }

  /** Ends what is due in a lane, one at a time, so that what other lanes have to end comes in its order. */
  #wake(lane: Lane): void {
    const { first } = lane.deadlines;
    if (first === undefined) {
      this.#drop(lane);
      return;
    }
    if (first.at > lane.wakeAt) {
      lane.wakeAt = first.at;
      this.#siftDown(lane);
      return;
    }
    lane.remove(first);
    first.expire();
  }

  #place(lane: Lane, index: number): void {
    this.#heap[index] = lane;
    lane.index = index;
  }

  #siftUp(lane: Lane): void {
    for (let index = lane.index; index > 0; ) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || parent.wakeAt <= lane.wakeAt) return;
      this.#place(parent, index);
      this.#place(lane, parentIndex);
      index = parentIndex;
    }
  }

  #siftDown(lane: Lane): void {
    for (;;) {
      const index = lane.index;
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = right !== undefined && left !== undefined && right.wakeAt < left.wakeAt ? right : left;
      if (child === undefined || child.wakeAt >= lane.wakeAt) return;
      const childIndex = child.index;
      this.#place(child, index);
      this.#place(lane, childIndex);
    }
  }
}
