import { type Clock, type Log, messageOf, type Timer } from "@llmspell/base";
import type { EmitResult, EventBus, EventInput } from "@llmspell/events";
import { pipelineErrors } from "./errors.ts";
import { compileEvent } from "./event-template.ts";
import { type SourceContract, sourceContractDefaults } from "./generated/options.ts";
import { IdleWaiters } from "./idle-waiters.ts";
import type { Source } from "./source.ts";
import type { SourceState, SourceStats } from "./stats.ts";

export interface SourceReaderDependencies {
  readonly source: Source;
  readonly bus: Pick<EventBus, "emit">;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a source whose records are all at hand may keep timers and sockets waiting; milliseconds. */
const TIME_SLICE = 10;

/** How long a source is waited for that was told to end; milliseconds. */
const STOP_GRACE = 5000;

export interface ReadingSignals {
  /** Aborts when no further record is to be read. */
  readonly reading: AbortSignal;
  /** Aborts when emissions under way are to be given up too. */
  readonly emitting: AbortSignal;
}

/** Reads one source to its end and emits an event for each record, a bounded number at a time. */
export class SourceReader {
  readonly name: string;
  readonly #source: Source;
  readonly #bus: Pick<EventBus, "emit">;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #eventOf: (record: unknown) => EventInput;
  readonly #maxInFlight: number;
  readonly #settled = new IdleWaiters();
  #state: SourceState = "waiting";
  #read = 0;
  #accepted = 0;
  #unrouted = 0;
  #noSubscribers = 0;
  #refused = 0;
  #skipped = 0;
  #unusable = 0;
  #inFlight = 0;
  #isLeftBehind = false;

  /** @throws LLMSPELL_E_TEMPLATE */
  constructor(name: string, contract: SourceContract, { source, bus, clock, log }: SourceReaderDependencies) {
    this.name = name;
    this.#source = source;
    this.#bus = bus;
    this.#clock = clock;
    this.#log = log;
    this.#eventOf = compileEvent(contract, name);
    this.#maxInFlight = contract.maxInFlight ?? sourceContractDefaults.maxInFlight;
  }

  /**
   * Reads until the source ends or `reading` aborts; resolves, or throws, when all that was emitted has come through. A
   * source that does not end within 5 s of the abort is left behind: what it still gives is not taken.
   *
   * @throws LLMSPELL_E_SOURCE_FAILED
   */
  async run({ reading, emitting }: ReadingSignals): Promise<void> {
    this.#state = "reading";
    using patience = this.#patienceAfter(reading);
    try {
      await Promise.race([this.#readAll(reading, emitting), patience.isOver]);
      this.#state = reading.aborted ? "stopped" : "exhausted";
    } catch (thrown) {
      this.#state = reading.aborted ? "stopped" : "failed";
      if (!reading.aborted) throw this.#failure(thrown);
      if (thrown !== reading.reason) this.#log.warn(`Source ${this.name} stopped with: ${messageOf(thrown)}`);
    } finally {
      while (this.#inFlight > 0) await this.#settled.wait();
    }
  }

  stats(): SourceStats {
    return {
      in: this.#read,
      out: this.#accepted,
      shed: this.#unrouted + this.#noSubscribers + this.#refused,
      failed: this.#skipped + this.#unusable,
      pending: this.#inFlight,
      unrouted: this.#unrouted,
      noSubscribers: this.#noSubscribers,
      refused: this.#refused,
      skipped: this.#skipped,
      state: this.#state,
    };
  }

  async #readAll(reading: AbortSignal, emitting: AbortSignal): Promise<void> {
    let sliceEnd = this.#clock.now() + TIME_SLICE;
    for await (const record of this.#source.open({ signal: reading, skip: (error) => this.#skip(error) })) {
      if (this.#isLeftBehind) return;
      this.#read++;
      this.#emit(record, emitting);
      while (this.#inFlight >= this.#maxInFlight) await this.#settled.wait();
      if (reading.aborted) break;
      if (this.#clock.now() < sliceEnd) continue;
      await this.#clock.sleep(0);
      sliceEnd = this.#clock.now() + TIME_SLICE;
    }
  }

  /** Ends, some time after `reading` has aborted, the wait for a source that does not end by itself. */
  #patienceAfter(reading: AbortSignal): Disposable & { readonly isOver: Promise<void> } {
    const { promise: isOver, resolve } = Promise.withResolvers<void>();
    let timer: Timer | undefined;
    const wait = () => {
      timer = this.#clock.setTimeout(() => {
        // Not the source is late, but the channels that its last records go to.
        if (this.#inFlight > 0) return wait();
        this.#isLeftBehind = true;
        this.#log.warn(`Source ${this.name} has not ended ${STOP_GRACE} ms after it was told to; it is left behind.`);
        resolve();
      }, STOP_GRACE);
    };
    reading.addEventListener("abort", wait, { once: true });
    if (reading.aborted) wait();
    return {
      isOver,
      [Symbol.dispose]: () => {
        timer?.cancel();
        reading.removeEventListener("abort", wait);
      },
    };
  }

  #emit(record: unknown, signal: AbortSignal): void {
    let event: EventInput;
    try {
      event = this.#eventOf(record);
    } catch (thrown) {
      this.#unusableRecord(thrown);
      return;
    }
    this.#inFlight++;
    // `run` does not end before every emission has been settled here.
    void this.#bus
      .emit(event, { signal })
      .then(
        (result) => this.#count(result),
        (thrown: unknown) => this.#unusableRecord(thrown),
      )
      .finally(() => {
        this.#inFlight--;
        this.#settled.release();
      });
  }

  #count({ outcome }: EmitResult): void {
    if (outcome === "routed") this.#accepted++;
    else if (outcome === "unrouted") this.#unrouted++;
    else if (outcome === "no_subscribers") this.#noSubscribers++;
    else this.#refused++;
  }

  #skip(error: Error): void {
    this.#read++;
    this.#skipped++;
    this.#log.warn(`Source ${this.name} left out a record: ${error.message}`, {
      source: this.name,
      record: this.#read,
    });
  }

  #unusableRecord(thrown: unknown): void {
    this.#unusable++;
    const fields = { source: this.name, record: this.#read };
    this.#log.warn(`Source ${this.name} gave a record that makes no event: ${messageOf(thrown)}`, fields);
  }

  #failure(thrown: unknown): Error {
    const details = { source: this.name, problem: messageOf(thrown) };
    return pipelineErrors.LLMSPELL_E_SOURCE_FAILED(details, { cause: thrown });
  }
}
