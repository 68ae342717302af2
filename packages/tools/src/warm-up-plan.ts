import { type Clock, isLlmspellError, type Log, messageOf, type Random } from "@llmspell/base";
import { RetryPolicy } from "@llmspell/resilience";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import { LimitedCall } from "./limited-call.ts";
import type { ToolInstance } from "./tool.ts";
import type { WarmUp } from "./warm-up.ts";

/** The pauses between the attempts of a warm-up, in milliseconds. */
const BACKOFF = 100;
const MAX_BACKOFF = 5_000;

/** A warm-up as a pool was told to do it. */
export interface PlannedWarmUp {
  /** How it is called in messages: its name under `use`. */
  readonly name: string;
  readonly warmUp: WarmUp;
  readonly retries: number;
  /** Of one attempt, in milliseconds. */
  readonly timeout: number;
  readonly onError: "fail" | "continue";
}

export interface WarmUpPlanOptions {
  readonly pool: string;
  readonly warmUps: readonly PlannedWarmUp[];
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: DeadlineTimer;
  readonly log: Log;
}

/** What is done on each new instance of a pool, one after the other, before it is lent. */
export class WarmUpPlan {
  readonly #options: WarmUpPlanOptions;
  /** Warm-ups that failed for good, of instances that were lent all the same. */
  skipped = 0;

  constructor(options: WarmUpPlanOptions) {
    this.#options = options;
  }

  /** @throws LLMSPELL_E_POOL_WARM_UP when one fails that must not; the signal's reason when it aborts */
  async run(instance: ToolInstance, signal: AbortSignal): Promise<void> {
    for (const planned of this.#options.warmUps) {
      try {
        await this.#attemptAll(planned, instance, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#failed(planned, error);
      }
    }
  }

  async #attemptAll(planned: PlannedWarmUp, instance: ToolInstance, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const attempts = planned.retries + 1;
    const policy = new RetryPolicy({ attempts, backoff: BACKOFF, maxBackoff: MAX_BACKOFF }, random);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#attempt(planned, instance, signal);
        return;
      } catch (error) {
        const isFinal = isLlmspellError(error) && error.isFinal;
        if (isFinal || attempt >= attempts) throw error;
        await clock.sleep(policy.delayAfter(attempt), signal);
      }
    }
  }

  async #attempt({ warmUp, timeout }: PlannedWarmUp, instance: ToolInstance, signal: AbortSignal): Promise<void> {
    const { deadlines, clock } = this.#options;
    const overdue = () => new Error(`it took longer than ${timeout} ms.`);
    const limits = { deadlines, now: clock.now(), limit: timeout, overdue, signal };
    await new LimitedCall(limits, async (signal) => warmUp.run(instance, { signal })).outcome;
  }

  #failed({ name, onError }: PlannedWarmUp, error: unknown): void {
    const { pool, log } = this.#options;
    const failure = toolErrors.LLMSPELL_E_POOL_WARM_UP(
      { pool, warmUp: name, problem: messageOf(error) },
      { cause: error },
    );
    if (onError === "fail") throw failure;
    this.skipped++;
    log.warn(`${failure.message} The instance is lent all the same.`);
  }
}
