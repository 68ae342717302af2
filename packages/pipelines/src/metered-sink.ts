import { type Clock, messageOf } from "@llmspell/base";
import { pipelineErrors } from "./errors.ts";
import { FlowCounters } from "./flow-counters.ts";
import type { Sink, SinkContext } from "./sink.ts";
import type { SinkStats } from "./stats.ts";

/** A sink whose writes are counted. */
export class MeteredSink implements Sink {
  readonly name: string;
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #counters = new FlowCounters();

  constructor(name: string, sink: Sink, clock: Clock) {
    this.name = name;
    this.#sink = sink;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    await this.#sink.open?.();
  }

  async write(record: unknown, context: SinkContext): Promise<void> {
    const startedAt = this.#clock.now();
    this.#counters.begin();
    try {
      await this.#sink.write(record, context);
      this.#counters.end("out", this.#clock.now() - startedAt);
    } catch (thrown) {
      this.#counters.end("failed", this.#clock.now() - startedAt);
      throw thrown;
    }
  }

  /** @throws LLMSPELL_E_SINK_FLUSH */
  async flush(): Promise<void> {
    try {
      await this.#sink.flush?.();
    } catch (cause) {
      throw pipelineErrors.LLMSPELL_E_SINK_FLUSH({ sink: this.name, problem: messageOf(cause) }, { cause });
    }
  }

  stats(): SinkStats {
    return { ...this.#counters.flow(), duration: this.#counters.duration.summary() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }
}
