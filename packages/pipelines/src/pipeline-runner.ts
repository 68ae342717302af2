import {
  type Clock,
  disposeAll,
  type Log,
  type Random,
  silentLog,
  systemClock,
  systemRandom,
  untilAborted,
} from "@llmspell/base";
import { EventBus } from "@llmspell/events";
import type { Use } from "@llmspell/kernel";
import { pipelineErrors } from "./errors.ts";
import { MeteredSink } from "./metered-sink.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelinesSection, SinksSection, SourceOptions, SourcesSection } from "./section.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";
import { SourceReader } from "./source-reader.ts";
import type { PipelineRunnerStats } from "./stats.ts";
import type { Step } from "./step.ts";
import type { StepParts } from "./step-actions.ts";

/** The three sections; each may be left out. */
export interface PipelineRunnerOptions {
  readonly pipelines?: PipelinesSection | undefined;
  readonly sources?: SourcesSection | undefined;
  readonly sinks?: SinksSection | undefined;
}

/** What the runner works on. */
export interface PipelineRunnerDependencies extends Omit<StepParts, "bus" | "sinks"> {
  /** Without one every event is unrouted. */
  readonly bus?: EventBus | undefined;
  /** Creates what `use` names under `sources`. */
  readonly createSource?: ((use: Use, owner: string) => Source) | undefined;
  /** Creates what `use` names under `sinks`. */
  readonly createSink?: ((use: Use, owner: string) => Sink) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
}

/**
 * Runs sources, pipelines and sinks together, from the first record to the last flush.
 *
 * @example
 * await using runner = new PipelineRunner({ sources, pipelines, sinks }, { bus });
 * await runner.start();
 * runner.openSources();
 * await runner.completed;
 */
export class PipelineRunner implements AsyncDisposable {
  /**
   * Resolves when every source is exhausted, everything emitted has been finished and the sinks are flushed; never with
   * an endless source, with no source at all, or when drained before. Rejects, when everything emitted has been
   * finished, with LLMSPELL_E_SOURCE_FAILED (the other sources are then read no further) or LLMSPELL_E_SINK_FLUSH.
   */
  readonly completed: Promise<void>;
  readonly #complete: () => void;
  readonly #fail: (error: unknown) => void;
  readonly #bus: EventBus;
  readonly #pipelines: readonly Pipeline[];
  readonly #readers: readonly SourceReader[];
  readonly #sources: readonly Source[];
  readonly #steps: readonly Step[];
  readonly #sinks: readonly MeteredSink[];
  readonly #log: Log;
  readonly #reading = new AbortController();
  readonly #stopping = new AbortController();
  readonly #subscriptions: Disposable[] = [];
  #hasDrained = false;
  #sourceFailure: unknown;
  #work: Promise<void> | undefined;
  #disposal: Promise<void> | undefined;

  /**
   * @throws LLMSPELL_E_PIPELINE_OPTIONS, LLMSPELL_E_PIPELINE_IMPLEMENTATION, LLMSPELL_E_TEMPLATE, LLMSPELL_E_EXPRESSION,
   * LLMSPELL_E_DURATION; what creating a source, step or sink throws
   */
  constructor(options: PipelineRunnerOptions, dependencies: PipelineRunnerDependencies = {}) {
    const { clock = systemClock, random = systemRandom, log = silentLog } = dependencies;
    const bus = dependencies.bus ?? new EventBus({}, { clock, random, log });
    const sinks = Object.entries(options.sinks ?? {}).map(
      ([name, use]) => new MeteredSink(name, sinkOf(name, use, dependencies), clock),
    );
    this.#log = log;
    this.#bus = bus;
    this.#sinks = sinks;
    const sinksByName = Object.fromEntries(sinks.map((sink) => [sink.name, sink]));
    const parts = { ...dependencies, bus, sinks: sinksByName, clock, random, log };
    this.#pipelines = Object.entries(options.pipelines ?? {}).map(
      ([name, pipeline]) => new Pipeline({ ...pipeline, name }, parts),
    );
    // One that is given in several places is still one.
    this.#steps = [...new Set(this.#pipelines.flatMap((pipeline) => pipeline.usedSteps))];
    const sources = Object.entries(options.sources ?? {}).map(
      ([name, entry]) => [name, entry, sourceOf(name, entry, dependencies)] as const,
    );
    this.#sources = sources.map(([, , source]) => source);
    this.#readers = sources.map(([name, entry, source]) => new SourceReader(name, entry, { source, bus, clock, log }));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.completed = promise;
    this.#complete = resolve;
    this.#fail = reject;
    // Whoever does not wait for it has the log and the statistics.
    promise.catch(() => {});
  }

  /** Opens the sinks and the steps, then begins to take events. */
  async start(): Promise<void> {
    await Promise.all([...this.#sinks, ...this.#steps].map(async (part) => part.open?.()));
    for (const pipeline of this.#pipelines) this.#subscriptions.push(pipeline.subscribe(this.#stopping.signal));
  }

  /** Begins to read the sources; call it when everything is ready to take events. */
  openSources(): void {
    if (this.#readers.length === 0) return;
    this.#work ??= this.#readToTheEnd();
  }

  /**
   * Reads no further, and resolves when everything emitted has been finished and the sinks are flushed.
   *
   * @throws LLMSPELL_E_SINK_FLUSH; the signal's reason when it aborts; LLMSPELL_E_PIPELINE_STOPPED when it is disposed
   * meanwhile
   */
  async drain(signal?: AbortSignal): Promise<void> {
    this.#hasDrained = true;
    this.#reading.abort(pipelineErrors.LLMSPELL_E_PIPELINE_STOPPED({}));
    const stopping = this.#stopping.signal;
    const ending = signal === undefined ? stopping : AbortSignal.any([signal, stopping]);
    await untilAborted(this.#finish(ending), ending);
  }

  /** The figures of every part, by name. */
  stats(): PipelineRunnerStats {
    const statsOf = <Stats>(parts: readonly { readonly name: string; stats(): Stats }[]) =>
      Object.fromEntries(parts.map((part) => [part.name, part.stats()]));
    return { sources: statsOf(this.#readers), pipelines: statsOf(this.#pipelines), sinks: statsOf(this.#sinks) };
  }

  /**
   * Stops at once: gives up what is under way, waits until it has ended, and disposes the sources, the steps and the
   * sinks. Call `drain` first to finish it.
   *
   * @throws what disposing one of them throws, after all have been disposed
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #readToTheEnd(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => this.#read(reader)));
    if (this.#hasDrained && this.#sourceFailure === undefined) return;
    try {
      await this.#settle(this.#stopping.signal);
      if (this.#sourceFailure === undefined) this.#complete();
      else this.#fail(this.#sourceFailure);
    } catch (thrown) {
      if (!this.#stopping.signal.aborted) this.#fail(thrown);
    }
  }

  async #read(reader: SourceReader): Promise<void> {
    try {
      await reader.run({ reading: this.#reading.signal, emitting: this.#stopping.signal });
    } catch (thrown) {
      this.#log.error(thrown instanceof Error ? thrown.message : String(thrown), { source: reader.name });
      this.#sourceFailure ??= thrown;
      this.#reading.abort(thrown);
    }
  }

  async #finish(signal: AbortSignal): Promise<void> {
    await this.#work;
    await this.#settle(signal);
  }

  /** Waits for everything emitted; what pipelines emit themselves counts as well. */
  async #settle(signal: AbortSignal): Promise<void> {
    do {
      await this.#bus.drained(signal);
      await Promise.all(this.#pipelines.map((pipeline) => pipeline.idle()));
    } while (this.#pipelines.some((pipeline) => pipeline.pending > 0));
    await Promise.all(this.#sinks.map((sink) => sink.flush()));
  }

  async #dispose(): Promise<void> {
    const stopped = pipelineErrors.LLMSPELL_E_PIPELINE_STOPPED({});
    this.#reading.abort(stopped);
    this.#stopping.abort(stopped);
    for (const subscription of this.#subscriptions.splice(0)) subscription[Symbol.dispose]();
    await this.#work;
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.idle()));
    await disposeAll([...this.#sinks, ...this.#steps, ...this.#sources]);
  }
}

function sourceOf(name: string, entry: SourceOptions, { createSource }: PipelineRunnerDependencies): Source {
  const { use } = entry;
  if (typeof use !== "string") return use;
  if (createSource !== undefined) return createSource({ ...entry, use }, `source ${name}`);
  throw pipelineErrors.LLMSPELL_E_PIPELINE_IMPLEMENTATION({ kind: "source", name });
}

function sinkOf(name: string, use: Use | Sink, { createSink }: PipelineRunnerDependencies): Sink {
  if (typeof use !== "string" && isSink(use)) return use;
  if (createSink !== undefined) return createSink(use, `sink ${name}`);
  throw pipelineErrors.LLMSPELL_E_PIPELINE_IMPLEMENTATION({ kind: "sink", name });
}

function isSink(value: Exclude<Use, string> | Sink): value is Sink {
  return typeof value["write"] === "function";
}
