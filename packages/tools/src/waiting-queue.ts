import type { BreakerPermit } from "@llmspell/resilience";
import { Deadline } from "./deadline-timer.ts";
import type { CapturedStack, PoolLease } from "./lease.ts";
import { PendingRing } from "./pending-ring.ts";
import type { AcquireOptions, Priority } from "./pool-options.ts";

/** The more urgent, the smaller. */
const URGENCY: Readonly<Record<Priority, number>> = { critical: 0, high: 1, normal: 2, low: 3 };

/** For this many callers who are more urgent, one who waits behind them is served. */
const STARVATION_BOUND = 100;

/** Who is told when a waiting caller loses patience or gives up. */
export interface WaiterOwner {
  onExpired(waiter: Waiter): void;
  onAborted(waiter: Waiter): void;
}

/** What somebody waits for, and how long. */
export interface WaitRequest extends Omit<AcquireOptions, "timeout"> {
  /** Milliseconds. */
  readonly timeout: number;
  readonly permit: BreakerPermit | undefined;
  /** Whether the caller gets the lease itself, not only the result of a call; */
  readonly isLeased: boolean;
  /** then: where it was asked for. */
  readonly place: CapturedStack | undefined;
}

/** A caller who waits for an instance: it is itself the deadline of its patience and the listener of its signal. */
export class Waiter extends Deadline {
  readonly request: WaitRequest;
  readonly urgency: number;
  readonly lease: Promise<PoolLease>;
  grant: (lease: PoolLease) => void = nobody;
  refuse: (reason: unknown) => void = nobody;
  readonly #owner: WaiterOwner;

  constructor(owner: WaiterOwner, request: WaitRequest) {
    super();
    this.#owner = owner;
    this.request = request;
    this.urgency = URGENCY[request.priority ?? "normal"];
    // A little quicker than `Promise.withResolvers`, which makes one object more.
    this.lease = new Promise((resolve, reject) => {
      this.grant = resolve;
      this.refuse = reject;
    });
  }

  /** When it began to wait: milliseconds since the Unix epoch. */
  get arrivedAt(): number {
    return this.at - this.request.timeout;
  }

  expire(): void {
    this.#owner.onExpired(this);
  }

  /** Called by its signal. */
  handleEvent(): void {
    this.#owner.onAborted(this);
  }
}

function nobody(): void {}

/** Waiting callers of one priority. */
class Line {
  readonly waiters = new PendingRing<Waiter>();
  /** How many callers had been served when this line last served one, or began to have some. */
  servedAt = 0;
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

  /** @param waiter whose patience runs */
  push(waiter: Waiter): void {
    const { urgency } = waiter;
    const line = this.#line(urgency);
    if (line.waiters.pending === 0) {
      this.#occupied |= 1 << urgency;
      line.servedAt = this.#served;
    }
    line.waiters.push(waiter);
    this.#length++;
  }

  /** Who is served next. */
  peek(): Waiter | undefined {
    const occupied = this.#occupied;
    if (occupied === 0) return undefined;
    // A power of two: all who wait have the same priority, which is the rule.
    const urgency = (occupied & (occupied - 1)) === 0 ? 31 - Math.clz32(occupied) : this.#next(occupied);
    return this.#line(urgency).waiters.first;
  }

  /** A waiter who was in the queue, wherever it stood, waits no longer. */
  leave({ urgency }: Waiter, isServed: boolean): void {
    const line = this.#line(urgency);
    if (isServed) {
      this.#served++;
      line.servedAt = this.#served;
    }
    line.waiters.leave();
    if (line.waiters.pending === 0) this.#occupied &= ~(1 << urgency);
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
