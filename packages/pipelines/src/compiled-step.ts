import { type Clock, isLlmspellError, type Log, messageOf, parseDuration, type Random } from "@llmspell/base";
import { type Condition, compileCondition } from "@llmspell/expressions";
import { RetryPolicy } from "@llmspell/resilience";
import { cancellationOf } from "./cancellation.ts";
import { pipelineErrors } from "./errors.ts";
import type { FailureLog } from "./failure-log.ts";
import { FlowCounters } from "./flow-counters.ts";
import { stepRetriesDefaults } from "./generated/options.ts";
import { attemptWithin } from "./limited-attempt.ts";
import { type RunScope, SCOPE_VARIABLES, withResult } from "./run-scope.ts";
import type { PipelineStep } from "./section.ts";
import type { StepStats } from "./stats.ts";
import type { Step } from "./step.ts";
import { compileAction, type StepAction, type StepEffect, type StepParts, stepOf, useAction } from "./step-actions.ts";

/** What a pipeline gives all its steps. */
export interface StepEnvironment {
  readonly pipeline: string;
  /** Those that the pipeline takes its events from. */
  readonly channels: readonly string[];
  readonly parts: StepParts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly failures: FailureLog;
}

/** A step without `retries` is tried once. */
const ONCE = { attempts: 1 };

/** One step of a pipeline, ready to take events. */
export class CompiledStep {
  readonly id: string;
  /** What `use` gave it. */
  readonly used: Step | undefined;
  readonly #environment: StepEnvironment;
  readonly #action: StepAction;
  readonly #when: Condition | undefined;
  readonly #retries: RetryPolicy;
  readonly #timeout: number | undefined;
  readonly #counters = new FlowCounters();
  #retried = 0;

  /**
   * @throws LLMSPELL_E_PIPELINE_OPTIONS when it needs a part that is not there; LLMSPELL_E_TEMPLATE,
   * LLMSPELL_E_EXPRESSION, LLMSPELL_E_DURATION
   */
  constructor(id: string, step: PipelineStep, environment: StepEnvironment) {
    this.id = id;
    this.#environment = environment;
    if ("use" in step) {
      this.used = stepOf(step, environment);
      this.#action = useAction(this.used);
    } else {
      this.used = undefined;
      this.#action = compileAction(step, environment);
    }
    this.#when = step.when === undefined ? undefined : compileCondition(step.when, SCOPE_VARIABLES);
    this.#retries = new RetryPolicy({ ...stepRetriesDefaults, ...(step.retries ?? ONCE) }, environment.random);
    this.#timeout = step.timeout === undefined ? undefined : parseDuration(step.timeout);
  }

  /**
   * Takes one event through the step: puts its result, and what hooks changed, into the scope.
   *
   * @throws LLMSPELL_E_PIPELINE_STEP; what cancelled the event (see `cancellationOf`); the signal's reason
   */
  async run(scope: RunScope, signal: AbortSignal): Promise<void> {
    const { clock } = this.#environment;
    const startedAt = clock.now();
    this.#counters.begin();
    try {
      if (this.#when !== undefined && !this.#holds(this.#when, scope)) {
        this.#counters.end("shed");
        return;
      }
      this.#take(scope, await this.#attempt(scope, signal));
      this.#counters.end("out", clock.now() - startedAt);
    } catch (thrown) {
      const isShed = cancellationOf(thrown) !== undefined;
      this.#counters.end(isShed ? "shed" : "failed", clock.now() - startedAt);
      throw thrown;
    }
  }

  stats(): StepStats {
    return { ...this.#counters.flow(), retries: this.#retried, duration: this.#counters.duration.summary() };
  }

  #holds(when: Condition, scope: RunScope): boolean {
    try {
      return when(scope);
    } catch (thrown) {
      throw this.#failure(scope, thrown, 1);
    }
  }

  async #attempt(scope: RunScope, signal: AbortSignal): Promise<StepEffect> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attemptOnce(scope, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        if (cancellationOf(thrown) !== undefined) throw thrown;
        const isFinal = isLlmspellError(thrown) && thrown.isFinal;
        if (attempt >= this.#retries.attempts || isFinal) throw this.#failure(scope, thrown, attempt);
        this.#retried++;
        await this.#environment.clock.sleep(this.#retries.delayAfter(attempt), signal);
      }
    }
  }

  #attemptOnce(scope: RunScope, signal: AbortSignal): Promise<StepEffect> {
    const { pipeline, clock, log } = this.#environment;
    const timeout = this.#timeout;
    return attemptWithin((own) => this.#action(scope, { signal: own, clock, log }), {
      signal,
      timeout,
      clock,
      timeoutError: () =>
        pipelineErrors.LLMSPELL_E_PIPELINE_STEP_TIMEOUT({ pipeline, step: this.id, timeout: timeout ?? 0 }),
    });
  }

  #take(scope: RunScope, { result, patched }: StepEffect): void {
    if (patched !== undefined) {
      scope.event = patched.event;
      scope.steps = patched.steps;
    }
    if (result !== undefined) scope.steps = withResult(scope.steps, this.id, result);
  }

  #failure({ event }: Readonly<RunScope>, thrown: unknown, attempts: number): Error {
    const { pipeline, failures } = this.#environment;
    const details = { pipeline, step: this.id, attempts, problem: messageOf(thrown) };
    const failure = pipelineErrors.LLMSPELL_E_PIPELINE_STEP(details, { cause: thrown });
    failures.tell(this.id, failure, { pipeline, step: this.id, event: event.id });
    return failure;
  }
}
