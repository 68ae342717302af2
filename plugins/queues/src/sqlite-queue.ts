import { type Clock, type Log, parseBytes, parseDuration, silentLog, systemClock } from "@llmspell/base";
import { type BusEvent, PRIORITIES, type Priority, type Queue } from "@llmspell/events";
import { queueErrors } from "./errors.ts";
import { eventOf, textOf } from "./event-text.ts";
import { type SqliteQueueOptions, sqliteQueueOptionsDefaults } from "./generated/options.ts";
import { GroupCommit, type GroupCommitOptions } from "./group-commit.ts";
import { type Kept, Leases } from "./leases.ts";
import { QueueFile, type QueueFileOptions, type StoredEvent } from "./queue-file.ts";

/**
 * Positions of one urgency begin at a multiple of this, so that the file's order is the order of handing out, without an
 * index beside it. 2^48 events of each urgency are enough for 80 years at 100,000 a second.
 */
const SPAN = 2 ** 48;

/** So many events are read from the file at a time. */
const PAGE = 128;

/** For this many events that are more urgent, one that waits behind them is handed out; as in a queue in memory. */
const STARVATION_BOUND = 100;

/** What the queue takes from outside; the system's, and no log, when left out. */
export interface SqliteQueueDependencies {
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
}

/** The waiting events of one urgency: those in the file after `read`, and the page of them that was read last. */
interface Lane {
  waiting: number;
  page: readonly StoredEvent[];
  /** How many of the page have been handed out. */
  taken: number;
  /** The position that was read last. */
  read: number;
  /** How many events the queue had handed out when the lane last gave one, or began to have some. */
  servedAt: number;
  readonly end: number;
}

/**
 * Keeps the waiting events of one channel in an SQLite file: at least once is each handed out until it is acknowledged,
 * by this process or the next one.
 *
 * `enqueue` is settled when the event is committed. An acknowledgement is committed a moment later, so what was handled
 * right before a crash is handed out again. Each event is handed out as its JSON says, also in the run that emitted it.
 * The file belongs to one queue at a time. Commits block the event loop: about 0.2 ms for 100 events with `synchronous:
 * normal`, and the disk's time with `full`.
 */
export class SqliteQueue implements Queue {
  readonly durable: boolean = true;
  readonly #fileOptions: QueueFileOptions;
  readonly #commitOptions: GroupCommitOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #leases: Leases;
  readonly #lanes: readonly Lane[];
  /** What is to be handed out before the others, the last first. */
  readonly #returned: { readonly event: BusEvent; readonly kept: Kept }[] = [];
  #file: QueueFile | undefined;
  #commit: GroupCommit | undefined;
  #wake: () => void = () => undefined;
  #size = 0;
  /** Events that were handed out, those that had been returned not counted. */
  #handedOut = 0;
  #redelivered = 0;
  /** The last place given within an urgency; one count for all, and those up to `#inherited` are from an earlier run. */
  #place = 0;
  #inherited = 0;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_BYTES */
  constructor(options: SqliteQueueOptions, dependencies: SqliteQueueDependencies = {}) {
    const settings = { ...sqliteQueueOptionsDefaults, ...options };
    const { path, synchronous, maxSize, commitSize, commitInterval, visibilityTimeout } = settings;
    this.#fileOptions = { path, synchronous, maxSize: parseBytes(maxSize) };
    this.#commitOptions = { size: commitSize, interval: parseDuration(commitInterval) };
    this.#clock = dependencies.clock ?? systemClock;
    this.#log = dependencies.log ?? silentLog;
    const timeout = visibilityTimeout === undefined ? undefined : parseDuration(visibilityTimeout);
    this.#leases = new Leases(this.#clock, timeout, (event, kept) => this.#expire(event, kept));
    this.#lanes = PRIORITIES.map((_, urgency) => laneOf(urgency));
  }

  get size(): number {
    return this.#size;
  }

  /**
   * How many events were put back because the time of their lease was over. Each may be handled twice, so a channel counts
   * each as accepted once more.
   */
  get redelivered(): number {
    return this.#redelivered;
  }

  /** @throws LLMSPELL_E_QUEUE_OPEN */
  async open(wake: () => void): Promise<void> {
    this.#wake = wake;
    const file = await QueueFile.open(this.#fileOptions);
    this.#file = file;
    this.#commit = new GroupCommit(file, this.#commitOptions, {
      clock: this.#clock,
      log: this.#log,
      committed: (added) => this.#committed(added),
    });
    for (const lane of this.#lanes) {
      const { count, last } = file.count(lane.read + 1, lane.end);
      lane.waiting = count;
      this.#size += count;
      this.#place = Math.max(this.#place, (last ?? 0) % SPAN);
    }
    this.#inherited = this.#place;
  }

  /**
   * @returns settled when the event is committed
   * @throws LLMSPELL_E_QUEUE_EVENT, LLMSPELL_E_QUEUE_CLOSED; the promise rejects with LLMSPELL_E_QUEUE_FULL or
   * LLMSPELL_E_QUEUE_WRITE
   */
  enqueue(event: BusEvent, priority: Priority): Promise<void> {
    const commit = this.#opened(this.#commit);
    const text = this.#textOf(event);
    return commit.add(PRIORITIES.indexOf(priority) * SPAN + ++this.#place, text);
  }

  dequeue(): BusEvent | undefined {
    if (this.#size === 0) return undefined;
    const returned = this.#returned.pop();
    if (returned !== undefined) {
      this.#size--;
      this.#leases.begin(returned.event, returned.kept);
      return returned.event;
    }
    const lane = this.#nextLane();
    return lane === undefined ? undefined : this.#lease(lane);
  }

  ack(event: BusEvent): void {
    const kept = this.#leases.end(event);
    if (kept === undefined || kept.isDone) return;
    kept.isDone = true;
    this.#opened(this.#commit).remove(kept.position);
  }

  nack(event: BusEvent): void {
    const kept = this.#leases.end(event);
    if (kept === undefined) return;
    this.#returned.push({ event, kept });
    this.#size++;
  }

  hold(event: BusEvent): void {
    this.#leases.pause(event);
  }

  resume(event: BusEvent): void {
    this.#leases.resume(event);
  }

  evict(newcomer: Priority): BusEvent | undefined {
    for (let urgency = PRIORITIES.length - 1; urgency >= PRIORITIES.indexOf(newcomer); urgency--) {
      const lane = this.#lanes[urgency];
      if (lane !== undefined && lane.waiting > 0) return this.#evictFrom(lane);
    }
    const returned = newcomer === "critical" ? this.#returned.pop() : undefined;
    if (returned === undefined) return undefined;
    this.#size--;
    if (!returned.kept.isDone) this.#opened(this.#commit).remove(returned.kept.position);
    return returned.event;
  }

  /** Commits what is under way and releases the file. */
  async close(): Promise<void> {
    this.#commit?.flush();
    this.#commit = undefined;
    this.#leases.close();
    this.#file?.close();
    this.#file = undefined;
  }

  #textOf(event: BusEvent): string {
    try {
      return textOf(event);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw queueErrors.LLMSPELL_E_QUEUE_EVENT({ path: this.#fileOptions.path, id: event.id, problem }, { cause });
    }
  }

  #committed(added: readonly StoredEvent[]): void {
    this.#size += added.length;
    for (const { position } of added) {
      const lane = this.#lanes[Math.floor(position / SPAN)];
      if (lane === undefined) continue;
      if (lane.waiting === 0) lane.servedAt = this.#handedOut;
      lane.waiting++;
    }
  }

  /** The least urgent of those that were passed over too often, or the most urgent. */
  #nextLane(): Lane | undefined {
    let overdue: Lane | undefined;
    let mostUrgent: Lane | undefined;
    for (const lane of this.#lanes) {
      if (lane.waiting === 0) continue;
      mostUrgent ??= lane;
      if (this.#handedOut - lane.servedAt >= STARVATION_BOUND) overdue = lane;
    }
    return overdue ?? mostUrgent;
  }

  #lease(lane: Lane): BusEvent {
    this.#handedOut++;
    const { event, position } = this.#take(lane);
    this.#leases.begin(event, { position, isDone: false });
    return event;
  }

  #evictFrom(lane: Lane): BusEvent {
    const { event, position } = this.#take(lane);
    this.#opened(this.#commit).remove(position);
    return event;
  }

  #take(lane: Lane): { readonly event: BusEvent; readonly position: number } {
    if (lane.taken === lane.page.length) {
      lane.page = this.#opened(this.#file).read(lane.read, lane.end, PAGE);
      lane.taken = 0;
    }
    const stored = lane.page[lane.taken];
    if (stored === undefined) throw this.#lost(lane);
    const { position, text } = stored;
    lane.taken++;
    lane.read = position;
    lane.servedAt = this.#handedOut;
    lane.waiting--;
    this.#size--;
    const event = eventOf(text);
    return { event: position % SPAN > this.#inherited ? event : { ...event, sequence: 0 }, position };
  }

  /** The file holds fewer than were written: somebody has changed it from outside, past the lock. */
  #lost(lane: Lane): Error {
    const missing = lane.waiting;
    this.#size -= missing;
    lane.waiting = 0;
    return queueErrors.LLMSPELL_E_QUEUE_CHANGED({ path: this.#fileOptions.path, missing });
  }

  #expire(event: BusEvent, kept: Kept): void {
    this.#redelivered++;
    this.#returned.unshift({ event, kept });
    this.#size++;
    this.#wake();
  }

  #opened<Part>(part: Part | undefined): Part {
    if (part !== undefined) return part;
    throw queueErrors.LLMSPELL_E_QUEUE_CLOSED({ path: this.#fileOptions.path });
  }
}

function laneOf(urgency: number): Lane {
  return { waiting: 0, page: [], taken: 0, servedAt: 0, read: urgency * SPAN, end: (urgency + 1) * SPAN };
}
