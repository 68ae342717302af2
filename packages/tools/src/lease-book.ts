import type { Log } from "@llmspell/base";
import type { CapturedStack, PoolLease } from "./lease.ts";
import type { PooledInstance } from "./pooled-instance.ts";

/** Of so many leases a second it is remembered where they were taken: a stack costs some microseconds. */
const PLACES_A_SECOND = 8;
/** After a lease was kept too long, where each one is taken is remembered for this long; milliseconds. */
const ALERT = 60_000;
/** Frames of a stack that are told. */
const FRAMES = 3;

/** The function that a caller called to get a lease: its stack begins behind it. */
export type LeaseEntry = (...parameters: never[]) => unknown;

/** A lease that is out now. */
export interface LeaseFigures {
  /** For how long it has been kept; milliseconds. */
  readonly age: number;
  /** Whether it is kept for longer than `leaseWarning`. */
  readonly isOverdue: boolean;
  /** Where it was taken, innermost call first; empty when that was not remembered. */
  readonly takenBy: readonly string[];
}

/** The leases of a pool that are out, the oldest first: a linked list through them, so that a lease allocates nothing here. */
export class LeaseBook {
  readonly #pool: string;
  readonly #leaseWarning: number;
  readonly #log: Log;
  #first: PoolLease | undefined;
  #last: PoolLease | undefined;
  /** Those that were reported: they are no longer in the list, whose first one is always the next to look at. */
  readonly #overdue = new Set<PoolLease>();
  #places = PLACES_A_SECOND;
  #alertUntil = Number.NEGATIVE_INFINITY;
  #size = 0;
  /** Leases that were reported as kept for too long. */
  reported = 0;

  /** @param leaseWarning milliseconds after which a lease is reported */
  constructor(pool: string, leaseWarning: number, log: Log) {
    this.#pool = pool;
    this.#leaseWarning = leaseWarning;
    this.#log = log;
  }

  /** Leases that are out. */
  get size(): number {
    return this.#size;
  }

  /** For how long the oldest lease that is out has been kept, in milliseconds; 0 without one. */
  oldestAge(now: number): number {
    const [overdue] = this.#overdue;
    const oldest = overdue ?? this.#first;
    return oldest === undefined ? 0 : Math.max(0, now - oldest.lentAt);
  }

  /** Whether where the next lease is taken will be remembered. */
  get wantsPlace(): boolean {
    return this.#places > 0;
  }

  /**
   * Where the caller of `entry` stands now, for a lease that it is about to get. The stack is made readable only when it is
   * told.
   */
  placeOf(entry: LeaseEntry): CapturedStack {
    this.#places--;
    const place: CapturedStack = {};
    Error.captureStackTrace(place, entry);
    return place;
  }

  /** @param place where it was taken */
  open(lease: PoolLease, place: CapturedStack | undefined): void {
    lease.place = place;
    const last = this.#last;
    lease.previous = last;
    if (last === undefined) this.#first = lease;
    else last.next = lease;
    this.#last = lease;
    this.#size++;
  }

  close(lease: PoolLease): void {
    this.#size--;
    if (lease.isOverdue) this.#overdue.delete(lease);
    else this.#unlink(lease);
  }

  /** What is done every second: reports leases that are kept too long, each once. */
  upkeep(now: number): void {
    for (let lease = this.#first; lease !== undefined && this.#isOverdue(lease, now); lease = this.#first) {
      this.#unlink(lease);
      lease.isOverdue = true;
      this.#overdue.add(lease);
      this.#report(lease, now);
    }
    this.#places = now < this.#alertUntil ? Number.POSITIVE_INFINITY : PLACES_A_SECOND;
  }

  /** The leases by instance, the oldest first. */
  figures(now: number): ReadonlyMap<PooledInstance, readonly LeaseFigures[]> {
    const found = new Map<PooledInstance, LeaseFigures[]>();
    const add = (lease: PoolLease) => {
      const figures = found.get(lease.pooled);
      if (figures === undefined) found.set(lease.pooled, [figuresOf(lease, now)]);
      else figures.push(figuresOf(lease, now));
    };
    for (const lease of this.#overdue) add(lease);
    for (let lease = this.#first; lease !== undefined; lease = lease.next) add(lease);
    return found;
  }

  #isOverdue({ lentAt }: PoolLease, now: number): boolean {
    return now - lentAt >= this.#leaseWarning;
  }

  #report(lease: PoolLease, now: number): void {
    this.reported++;
    this.#alertUntil = now + ALERT;
    const { age, takenBy } = figuresOf(lease, now);
    const fields = { pool: this.#pool, instance: lease.id, age };
    if (takenBy.length > 0) {
      this.#log.warn("A lease is kept for longer than `leaseWarning`.", { ...fields, takenBy });
      return;
    }
    const unknown =
      "Where it was taken is not known: there were too many at that time. For a minute now it is remembered of each.";
    this.#log.warn(`A lease is kept for longer than \`leaseWarning\`. ${unknown}`, fields);
  }

  #unlink(lease: PoolLease): void {
    const { previous, next } = lease;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    lease.previous = undefined;
    lease.next = undefined;
  }
}

function figuresOf({ lentAt, isOverdue, place }: PoolLease, now: number): LeaseFigures {
  const frames = (place?.stack ?? "").split("\n").slice(1, 1 + FRAMES);
  return {
    age: Math.max(0, now - lentAt),
    isOverdue,
    takenBy: frames.map((frame) => frame.trim().replace(/^at /, "")),
  };
}
