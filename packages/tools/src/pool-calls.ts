import { type Clock, isLlmspellError, type Log } from "@llmspell/base";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import type { PoolLease } from "./lease.ts";
import { LimitedCall } from "./limited-call.ts";
import type { Outcome } from "./pool-figures.ts";
import type { PoolLending } from "./pool-lending.ts";
import { type ProgressListener, ProgressRelay } from "./progress-relay.ts";
import type { ToolContract } from "./tool-contract.ts";

export interface PoolCallsOptions {
  readonly pool: string;
  readonly clock: Clock;
  readonly deadlines: DeadlineTimer;
  readonly log: Log;
  readonly lending: PoolLending;
  /** @throws LLMSPELL_E_POOL_CLOSED once the pool has stopped */
  assertRunning(): void;
  /** A call is over for its caller: `error` says why where it was given up or failed. */
  onSettled(lease: PoolLease, outcome: Outcome, now: number, error: unknown): void;
}

/** What a call is to do, and how long its caller wants it. */
export interface CallRequest {
  readonly input: unknown;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ProgressListener | undefined;
}

/** Makes calls on instances that are lent for them: within their time, given back when the work has really ended. */
export class PoolCalls {
  readonly #options: PoolCallsOptions;
  readonly #running = new Set<LimitedCall<unknown>>();

  constructor(options: PoolCallsOptions) {
    this.#options = options;
  }

  /**
   * Makes one call, and gives its instance back.
   *
   * @throws what the tool throws; LLMSPELL_E_TOOL_TIMEOUT, LLMSPELL_E_TOOL_OUTPUT, the signal's reason when it aborts
   */
  async run(contract: ToolContract, lease: PoolLease, request: CallRequest): Promise<unknown> {
    const { pool, log, onSettled } = this.#options;
    const { onProgress, signal } = request;
    const relay = onProgress === undefined ? undefined : new ProgressRelay(onProgress, pool, log);
    const call = this.#begin(lease, request, relay?.report);
    try {
      const output = await call.outcome;
      contract.checkOutput(output);
      onSettled(lease, "out", this.#timeOf(lease), undefined);
      return output;
    } catch (error) {
      const outcome = isGivenUp(signal, error) ? "shed" : "failed";
      onSettled(lease, outcome, this.#timeOf(lease), error);
      throw error;
    } finally {
      relay?.close();
    }
  }

  /** Gives up what runs. */
  abortAll(reason: unknown): void {
    for (const call of this.#running) call.abort(reason);
  }

  #begin(lease: PoolLease, request: CallRequest, onProgress: ProgressListener | undefined): LimitedCall<unknown> {
    const { pool, clock, deadlines, lending, assertRunning } = this.#options;
    const { input, timeout, signal } = request;
    const limits = {
      deadlines,
      now: lease.weight > 0 ? lease.lentAt : clock.now(),
      limit: timeout,
      overdue: () => toolErrors.LLMSPELL_E_TOOL_TIMEOUT({ pool, timeout }),
      signal,
      onEnded: (isSuccess: boolean) => {
        this.#running.delete(call);
        lending.giveBack(lease, isSuccess);
      },
    };
    const call = new LimitedCall<unknown>(limits, (signal) => {
      assertRunning();
      return lease.pooled.resource.execute(input, onProgress === undefined ? { signal } : { signal, onProgress });
    });
    this.#running.add(call);
    return call;
  }

  /** The time, where somebody will use it. */
  #timeOf({ weight }: PoolLease): number {
    return weight > 0 ? this.#options.clock.now() : 0;
  }
}

/** Whether the caller, or the pool, gave up, and this is what that rejects with. */
export function isGivenUp(signal: AbortSignal | undefined, error: unknown): boolean {
  if (signal?.aborted === true && error === signal.reason) return true;
  return isLlmspellError(error, "LLMSPELL_E_POOL_CLOSED");
}
