import type { Cancellation } from "@llmspell/agents";
import { type Clock, type Log, type Random, silentLog, systemClock, systemRandom } from "@llmspell/base";
import type { BusEvent, EventBus, EventHandler } from "@llmspell/events";
import { type BracketedRun, type HookData, runBracket } from "@llmspell/hooks";
import { cancellationOf } from "./cancellation.ts";
import { CompiledStep, type StepEnvironment } from "./compiled-step.ts";
import { pipelineErrors } from "./errors.ts";
import { FailureLog, isStepFailure } from "./failure-log.ts";
import { FlowCounters } from "./flow-counters.ts";
import { pipelineOptionsDefaults } from "./generated/options.ts";
import { IdleWaiters } from "./idle-waiters.ts";
import { type RunScope, readPatched, scopeFor } from "./run-scope.ts";
import type { PipelineOptions } from "./section.ts";
import type { PipelineStats } from "./stats.ts";
import type { Step, StepScope } from "./step.ts";
import type { StepParts } from "./step-actions.ts";
import { nameSteps } from "./step-ids.ts";

/** What a pipeline is built with: the parts that its steps name, and surroundings that have defaults. */
export interface PipelineDependencies extends StepParts {
  readonly bus?: Pick<EventBus, "enqueue" | "subscribe"> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
}

/** How the handling of an event ended, when it did not fail. */
export type PipelineRun =
  | ({ readonly status: "completed" } & StepScope)
  | ({ readonly status: "replaced"; readonly result: unknown } & StepScope)
  | ({ readonly status: "cancelled"; readonly cancellation: Cancellation } & StepScope);

export interface PipelineRunOptions {
  /** Gives the event up: the run throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes each event through the same steps, in order, bracketed by the hook points `before_pipeline` and
 * `after_pipeline`.
 *
 * @example
 * const pipeline = new Pipeline(
 *   { name: "triage", on: "issues", steps: [{ agent: "triage" }, { emit: "triaged", data: "{{ steps.triage.text }}" }] },
 *   { bus, agents },
 * );
 * using subscription = pipeline.subscribe();
 */
export class Pipeline {
  readonly name: string;
  readonly #channels: readonly string[];
  readonly #replicas: number;
  readonly #dependencies: PipelineDependencies;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #failures: FailureLog;
  readonly #steps: readonly CompiledStep[];
  readonly #cancelSteps: readonly CompiledStep[];
  readonly #counters = new FlowCounters();
  readonly #cancelledBy = new Map<string, number>();
  readonly #idle = new IdleWaiters();
  #replaced = 0;

  /**
   * @param options the YAML of the pipeline, and its name
   * @throws LLMSPELL_E_PIPELINE_OPTIONS, LLMSPELL_E_TEMPLATE, LLMSPELL_E_EXPRESSION, LLMSPELL_E_DURATION
   */
  constructor(options: PipelineOptions & { readonly name: string }, dependencies: PipelineDependencies = {}) {
    const { clock = systemClock, random = systemRandom, log = silentLog } = dependencies;
    const { name, on, steps, onCancel = [] } = options;
    this.name = name;
    this.#channels = typeof on === "string" ? [on] : [...new Set(on)];
    this.#replicas = options.replicas ?? pipelineOptionsDefaults.replicas;
    if (!Number.isInteger(this.#replicas) || this.#replicas < 1) {
      const problem = `\`replicas\` must be a whole number above zero; found ${this.#replicas}`;
      throw pipelineErrors.LLMSPELL_E_PIPELINE_OPTIONS({ pipeline: name, problem });
    }
    this.#dependencies = dependencies;
    this.#clock = clock;
    this.#log = log;
    this.#failures = new FailureLog(log);
    const environment: StepEnvironment = {
      pipeline: name,
      channels: this.#channels,
      parts: dependencies,
      clock,
      random,
      log,
      failures: this.#failures,
    };
    const ids = nameSteps([...steps, ...onCancel], name);
    const compiled = [...steps, ...onCancel].map(
      (step, index) => new CompiledStep(ids[index] ?? "", step, environment),
    );
    this.#steps = compiled.slice(0, steps.length);
    this.#cancelSteps = compiled.slice(steps.length);
  }

  /** The steps that `use` gave; whoever runs the pipeline opens and disposes them. */
  get usedSteps(): readonly Step[] {
    return [...this.#steps, ...this.#cancelSteps].flatMap(({ used }) => used ?? []);
  }

  /** How many events are under way. */
  get pending(): number {
    return this.#counters.pending;
  }

  /**
   * Takes the events of its channels, `replicas` at a time from each, until the subscription is disposed. Pipelines on
   * one channel get every event each.
   *
   * @param signal gives up every event under way; its channel keeps it, or sheds it when it cannot
   * @throws LLMSPELL_E_PIPELINE_OPTIONS without a bus; LLMSPELL_E_CHANNEL_UNKNOWN
   */
  subscribe(signal?: AbortSignal): Disposable {
    const { bus } = this.#dependencies;
    if (bus === undefined) {
      const problem = "it cannot listen to channels without an event bus";
      throw pipelineErrors.LLMSPELL_E_PIPELINE_OPTIONS({ pipeline: this.name, problem });
    }
    const subscriptions: Disposable[] = [];
    const handler: EventHandler = async (event, context) => {
      await this.run(event, { signal: context.signal });
    };
    const release = () => {
      for (const subscription of subscriptions.splice(0)) subscription[Symbol.dispose]();
    };
    try {
      for (const channel of this.#channels) {
        for (let replica = 1; replica <= this.#replicas; replica++) {
          const id = `${this.name}-${replica}`;
          subscriptions.push(bus.subscribe(channel, handler, { group: this.name, id, signal }));
        }
      }
    } catch (error) {
      release();
      throw error;
    }
    return { [Symbol.dispose]: release };
  }

  /**
   * Takes one event through the steps. A cancelled event has gone through those under `onCancel`.
   *
   * @throws LLMSPELL_E_PIPELINE_STEP when a step failed at every attempt; LLMSPELL_E_HOOK_FAILED and the like from
   * `before_pipeline` and `after_pipeline`; the signal's reason when it aborts
   */
  async run(event: BusEvent, options: PipelineRunOptions = {}): Promise<PipelineRun> {
    const startedAt = this.#clock.now();
    const scope = scopeFor(event);
    this.#counters.begin();
    try {
      const run = await this.#take(scope, options.signal ?? NEVER);
      if (run.status === "replaced") this.#replaced++;
      if (run.status === "cancelled") this.#countCancelled(run.cancellation);
      this.#counters.end(run.status === "cancelled" ? "shed" : "out", this.#clock.now() - startedAt);
      return run;
    } catch (thrown) {
      this.#counters.end("failed", this.#clock.now() - startedAt);
      // A step tells of its own failures; what is cut off has not failed of itself.
      if (!isStepFailure(thrown) && options.signal?.aborted !== true) {
        this.#failures.tell("hooks", thrown, { pipeline: this.name, event: event.id });
      }
      throw thrown;
    } finally {
      if (this.#counters.pending === 0) this.#idle.release();
    }
  }

  /** Resolves when no event is under way. */
  async idle(): Promise<void> {
    while (this.#counters.pending > 0) await this.#idle.wait();
  }

  stats(): PipelineStats {
    return {
      ...this.#counters.flow(),
      replaced: this.#replaced,
      cancelledBy: Object.fromEntries(this.#cancelledBy),
      steps: Object.fromEntries([...this.#steps, ...this.#cancelSteps].map((step) => [step.id, step.stats()])),
      duration: this.#counters.duration.summary(),
    };
  }

  async #take(scope: RunScope, signal: AbortSignal): Promise<PipelineRun> {
    try {
      signal.throwIfAborted();
      const run = await this.#runBracketed(scope, signal);
      if (run.status === "cancelled") return await this.#cancel(scope, run, signal);
      return run.status === "replaced"
        ? { status: "replaced", result: run.result, ...scope }
        : { status: "completed", ...scope };
    } catch (thrown) {
      const cancellation = cancellationOf(thrown);
      if (cancellation === undefined) throw thrown;
      return await this.#cancel(scope, cancellation, signal);
    }
  }

  async #cancel(scope: RunScope, cancellation: Cancellation, signal: AbortSignal): Promise<PipelineRun> {
    const { point, hook, reason } = cancellation;
    this.#log.info(`Pipeline ${this.name}: hook ${hook} at ${point} cancelled an event: ${reason}`, {
      event: scope.event.id,
    });
    scope.cancellation = { point, hook, reason };
    try {
      for (const step of this.#cancelSteps) await step.run(scope, signal);
    } catch (thrown) {
      // Cancelled it is already; a second hook that cancels ends what was to be done about it.
      if (cancellationOf(thrown) === undefined) throw thrown;
    }
    return { ...scope, status: "cancelled", cancellation: scope.cancellation };
  }

  #countCancelled({ hook }: Cancellation): void {
    this.#cancelledBy.set(hook, (this.#cancelledBy.get(hook) ?? 0) + 1);
  }

  /** Takes the event through the steps, again from where it came in when a hook asks for a retry. */
  async #runBracketed(scope: RunScope, signal: AbortSignal): Promise<BracketedRun> {
    const { event, steps } = scope;
    const data = () => ({ pipeline: this.name, event: scope.event, steps: scope.steps });
    const adopt = (point: string, left: HookData) => {
      Object.assign(scope, readPatched(point, left));
    };
    const bracket = {
      before: "before_pipeline",
      after: "after_pipeline",
      input: event,
      signal,
      scope,
      clock: this.#clock,
    };
    const run = await runBracket(
      this.#dependencies.hooks,
      bracket,
      () => {
        Object.assign(scope, { event, steps });
        return data();
      },
      async (left) => {
        adopt(bracket.before, left);
        for (const step of this.#steps) await step.run(scope, signal);
        return data();
      },
    );
    adopt(run.status === "completed" ? bracket.after : run.point, run.data);
    return run;
  }
}

/** For runs that nobody can give up. */
const NEVER = new AbortController().signal;
