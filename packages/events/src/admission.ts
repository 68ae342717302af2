import type { CircuitBreaker, TokenBucket } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { BREAKER_OPEN, NO_SUBSCRIBERS, RATE_LIMITED, REJECTED, type Refusal } from "./emit-result.ts";
import type { ChannelOptions } from "./generated/options.ts";
import type { Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";
import { RoomQueue } from "./room-queue.ts";

/** Why an event was refused, and the error behind it where there is one. */
export interface RefusedEntry {
  readonly refusal: Refusal;
  readonly error?: unknown;
}

export interface AdmissionOptions {
  readonly capacity: number;
  readonly overflow: NonNullable<ChannelOptions["overflow"]>;
}

/** What a channel's admission works with, and whom it tells. */
export interface AdmissionContext {
  readonly queue: Queue;
  readonly breaker: CircuitBreaker | undefined;
  readonly bucket: TokenBucket | undefined;
  hasSubscribers(): boolean;
  /** An event has entered the queue. */
  entered(priority: Priority): void;
  /** A waiting event was dropped to make room. */
  dropped(event: BusEvent): void;
  /** Owns a promise that nobody awaits; it is not to reject. */
  track(work: Promise<void>): void;
  /** Storing an event failed after `offer` had answered. */
  storingFailed(event: BusEvent, error: unknown): void;
}

/** A channel's door: who may enter the queue, who waits outside, who is turned away. Counts them all. */
export class Admission {
  offered = 0;
  accepted = 0;
  rateLimited = 0;
  breakerOpen = 0;
  rejected = 0;
  noSubscribers = 0;
  readonly #options: AdmissionOptions;
  readonly #context: AdmissionContext;
  readonly #room = new RoomQueue();
  /** Places that are taken but not yet by an event in the queue: it is being stored, or its emitter was just admitted. */
  #reserved = 0;
  #isClosed = false;

  constructor(options: AdmissionOptions, context: AdmissionContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Events that were offered and neither accepted nor refused yet. */
  get blocked(): number {
    return this.#room.length + this.#reserved;
  }

  /** Lets an event in, or refuses it, without waiting. */
  offer(event: BusEvent, priority: Priority): Refusal | undefined {
    this.offered++;
    const refusal = this.#refusalOf(priority, false);
    if (refusal !== undefined) return this.#refuse(refusal);
    const storing = this.#store(event, priority);
    if (storing === undefined) return undefined;
    const failed = (error: unknown) => {
      this.#refuse(REJECTED);
      this.#context.storingFailed(event, error);
    };
    this.#context.track(storing.catch(failed));
    return undefined;
  }

  /** Lets an event in, waiting for room where the channel blocks, and until the queue has safely stored it. */
  async enter(event: BusEvent, priority: Priority, signal: AbortSignal | undefined): Promise<RefusedEntry | undefined> {
    this.offered++;
    const refusal = this.#refusalOf(priority, true);
    if (refusal !== undefined) return { refusal: this.#refuse(refusal) };
    if (this.#options.overflow === "block" && !this.#hasRoom()) {
      if (!(await this.#room.wait(signal))) return { refusal: this.#refuse(REJECTED), error: signal?.reason };
      this.#reserved--;
    }
    try {
      await this.#store(event, priority);
      return undefined;
    } catch (error) {
      return { refusal: this.#refuse(REJECTED), error };
    }
  }

  /** Counts events that were in the queue before this run. */
  recover(count: number): void {
    this.offered += count;
    this.accepted += count;
  }

  /** To be called when events have left the queue: lets in those who wait. */
  admitWaiting(): void {
    while (this.#room.length > 0 && this.#hasPlace()) {
      this.#reserved++;
      this.#room.admitOne();
    }
  }

  /** From now on everyone is refused. */
  close(): void {
    this.#isClosed = true;
    this.#room.close();
  }

  #refusalOf(priority: Priority, mayWait: boolean): Refusal | undefined {
    const { queue, breaker, bucket } = this.#context;
    if (this.#isClosed) return REJECTED;
    if (!queue.durable && !this.#context.hasSubscribers()) return NO_SUBSCRIBERS;
    if (breaker?.state === "open") return BREAKER_OPEN;
    const isFull = !this.#hasRoom();
    const { overflow } = this.#options;
    if (isFull && (overflow === "reject" || (overflow === "block" && !mayWait))) return REJECTED;
    if (bucket?.tryTake() === false) return RATE_LIMITED;
    if (isFull && overflow === "drop_oldest" && !this.#dropOldest(priority)) return REJECTED;
    return undefined;
  }

  #refuse(refusal: Refusal): Refusal {
    if (refusal === RATE_LIMITED) this.rateLimited++;
    else if (refusal === BREAKER_OPEN) this.breakerOpen++;
    else if (refusal === NO_SUBSCRIBERS) this.noSubscribers++;
    else this.rejected++;
    return refusal;
  }

  /** Whether an event may go in now: there is a place, and nobody was here before. */
  #hasRoom(): boolean {
    return this.#room.length === 0 && this.#hasPlace();
  }

  #hasPlace(): boolean {
    return this.#context.queue.size + this.#reserved < this.#options.capacity;
  }

  #dropOldest(newcomer: Priority): boolean {
    const dropped = this.#context.queue.evict(newcomer);
    if (dropped === undefined) return false;
    this.#context.dropped(dropped);
    return true;
  }

  /** Throws, or rejects, when the queue cannot keep the event. */
  #store(event: BusEvent, priority: Priority): Promise<void> | undefined {
    const storing = this.#context.queue.enqueue(event, priority);
    if (storing === undefined) {
      this.#accept(priority);
      return undefined;
    }
    this.#reserved++;
    return storing.then(
      () => {
        this.#reserved--;
        this.#accept(priority);
      },
      (error: unknown) => {
        this.#reserved--;
        throw error;
      },
    );
  }

  #accept(priority: Priority): void {
    this.accepted++;
    this.#context.entered(priority);
  }
}
