import { type Clock, type Log, messageOf } from "@llmspell/base";
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
   * Reads until the source ends or `reading` aborts; resolves, or throws, when all that was emitted has come through.
   *
   * @throws LLMSPELL_E_SOURCE_FAILED
   */
  async run({ reading, emitting }: ReadingSignals): Promise<void> {
    this.#state = "reading";
    let sliceEnd = this.#clock.now() + TIME_SLICE;
    try {
      for await (const record of this.#source.open({ signal: reading, skip: (error) => this.#skip(error) })) {
        this.#read++;
        this.#emit(record, emitting);
        while (this.#inFlight >= this.#maxInFlight) await this.#settled.wait(false);
        if (reading.aborted) break;
        if (this.#clock.now() < sliceEnd) continue;
        await this.#clock.sleep(0);
        sliceEnd = this.#clock.now() + TIME_SLICE;
      }
      this.#state = reading.aborted ? "stopped" : "exhausted";
    } catch (thrown) {
      this.#state = reading.aborted ? "stopped" : "failed";
      if (!reading.aborted) throw this.#failure(thrown);
      if (thrown !== reading.reason) this.#log.warn(`Source ${this.name} stopped with: ${messageOf(thrown)}`);
    } finally {
      while (this.#inFlight > 0) await this.#settled.wait(false);
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
