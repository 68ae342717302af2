import type { BreakerPermit } from "@llmspell/resilience";
import { Deadline } from "./deadline-timer.ts";
import type { CapturedStack, PoolLease } from "./lease.ts";
import type { AcquireOptions, Priority } from "./pool-options.ts";

/** The more urgent, the smaller. */
const URGENCY: Readonly<Record<Priority, number>> = { critical: 0, high: 1, normal: 2, low: 3 };

/** For this many callers who are more urgent, one who waits behind them is served. */
const STARVATION_BOUND = 100;

/** What somebody waits for. */
export interface WaitRequest {
  /** How long; milliseconds. */
  readonly timeout: number;
  readonly permit: BreakerPermit | undefined;
  /** Whether the caller gets the lease itself, not only the result of a call; */
  readonly isLeased: boolean;
  /** then: where it was asked for. */
  readonly place: CapturedStack | undefined;
}

/** Who is told when a waiting caller loses patience or gives up. */
export interface WaiterOwner {
  onExpired(waiter: Waiter): void;
  onAborted(waiter: Waiter): void;
}

/** A caller who waits for an instance: it is itself the deadline of its patience and the listener of its signal. */
export class Waiter extends Deadline {
  readonly urgency: number;
  readonly key: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly request: WaitRequest;
  /** Milliseconds since the Unix epoch. */
  readonly arrivedAt: number;
  readonly grant: (lease: PoolLease) => void;
  readonly refuse: (reason: unknown) => void;
  readonly #owner: WaiterOwner;
  isQueued = false;
  nextInLine: Waiter | undefined = undefined;
  previousInLine: Waiter | undefined = undefined;

  constructor(
    owner: WaiterOwner,
    { priority = "normal", key, signal }: AcquireOptions,
    request: WaitRequest,
    arrivedAt: number,
    { resolve, reject }: Pick<PromiseWithResolvers<PoolLease>, "resolve" | "reject">,
  ) {
    super();
    this.#owner = owner;
    this.urgency = URGENCY[priority];
    this.key = key;
    this.signal = signal;
    this.request = request;
    this.arrivedAt = arrivedAt;
    this.grant = resolve;
    this.refuse = reject;
  }

  expire(): void {
    this.#owner.onExpired(this);
  }

  /** Called by its signal. */
  handleEvent(): void {
    this.#owner.onAborted(this);
  }
}

/** Waiting callers of one priority: a doubly linked list, so that an abort in the middle takes O(1). */
class Line {
  first: Waiter | undefined = undefined;
  last: Waiter | undefined = undefined;
  /** How many callers had been served when this line last served one, or began to have some. */
  servedAt = 0;

  push(waiter: Waiter): void {
    const { last } = this;
    waiter.previousInLine = last;
    if (last === undefined) this.first = waiter;
    else last.nextInLine = waiter;
    this.last = waiter;
  }

  remove(waiter: Waiter): void {
    const { previousInLine: previous, nextInLine: next } = waiter;
    if (previous === undefined) this.first = next;
    else previous.nextInLine = next;
    if (next === undefined) this.last = previous;
    else next.previousInLine = previous;
    waiter.nextInLine = undefined;
    waiter.previousInLine = undefined;
  }
}

/**
 * Callers in the order in which they are served: the more urgent first, and first come, first served among equals. Nobody
 * starves: who waits is passed over by at most a hundred more urgent ones in a row.
 */
export class WaitingQueue {
  /** By urgency. */
  readonly #lines: readonly [Line, Line, Line, Line] = [new Line(), new Line(), new Line(), new Line()];
  /** Bit n is set while somebody of urgency n waits. */
  #occupied = 0;
  #served = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(waiter: Waiter): void {
    const { urgency } = waiter;
    const line = this.#line(urgency);
    if (line.first === undefined) {
      this.#occupied |= 1 << urgency;
      line.servedAt = this.#served;
    }
    line.push(waiter);
    waiter.isQueued = true;
    this.#length++;
  }

  /** Who is served next. */
  peek(): Waiter | undefined {
    const occupied = this.#occupied;
    if (occupied === 0) return undefined;
    // A power of two: all who wait have the same priority, which is the rule.
    const urgency = (occupied & (occupied - 1)) === 0 ? 31 - Math.clz32(occupied) : this.#next(occupied);
    return this.#line(urgency).first;
  }

  /** Takes out who is served. */
  serve(waiter: Waiter): void {
    this.#served++;
    this.#line(waiter.urgency).servedAt = this.#served;
    this.remove(waiter);
  }

  /** Takes a waiter out, wherever it stands; does nothing when it was out already. */
  remove(waiter: Waiter): void {
    if (!waiter.isQueued) return;
    const line = this.#line(waiter.urgency);
    line.remove(waiter);
    if (line.first === undefined) this.#occupied &= ~(1 << waiter.urgency);
    waiter.isQueued = false;
    this.#length--;
  }

  /** Of several lines: one that was passed over too often, or the most urgent. */
  #next(occupied: number): number {
    for (let urgency = 3; urgency > 0; urgency--) {
      if ((occupied & (1 << urgency)) === 0) continue;
      if (this.#served - this.#line(urgency).servedAt >= STARVATION_BOUND) return urgency;
    }
    return 31 - Math.clz32(occupied & -occupied);
  }

  #line(urgency: number): Line {
    return this.#lines[urgency] ?? this.#lines[3];
  }
}
