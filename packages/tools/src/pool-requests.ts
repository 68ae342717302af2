import { type Clock, isLlmspellError, type Log, messageOf, parseDuration, untilAborted } from "@llmspell/base";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import type { InstanceSet } from "./instance-set.ts";
import { type Lease, PoolLease } from "./lease.ts";
import { LimitedCall } from "./limited-call.ts";
import { LoadMeter } from "./load-meter.ts";
import { type Outcome, PoolFigures } from "./pool-figures.ts";
import type { AcquireOptions, ExecuteOptions } from "./pool-options.ts";
import type { ToolPoolSettings } from "./pool-settings.ts";
import type { PooledInstance } from "./pooled-instance.ts";
import type { PreparedTool } from "./prepared-tool.ts";
import type { ToolContract } from "./tool-contract.ts";
import { WaitingCallers } from "./waiting-callers.ts";

export interface PoolRequestsOptions {
  readonly settings: ToolPoolSettings;
  readonly tool: PreparedTool;
  readonly instances: InstanceSet;
  readonly clock: Clock;
  readonly deadlines: DeadlineTimer;
  readonly log: Log;
  /**
   * Somebody found no instance free.
   *
   * @param refused callers that did not even get to wait
   */
  onDemand(refused: number): void;
}

/** The requests of one pool: who gets an instance when, and what becomes of each. */
export class PoolRequests {
  readonly figures = new PoolFigures();
  readonly meter: LoadMeter;
  readonly #options: PoolRequestsOptions;
  readonly #settings: ToolPoolSettings;
  readonly #clock: Clock;
  readonly #instances: InstanceSet;
  readonly #callers: WaitingCallers;
  readonly #calls = new Set<LimitedCall<unknown>>();
  readonly #leases = new Set<Lease>();
  #state: "open" | "draining" | "stopped" = "open";
  /** Requests that have come and neither wait nor have an instance. */
  #preparing = 0;
  /** Requests that have an instance. */
  #served = 0;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(options: PoolRequestsOptions) {
    const { settings, clock } = options;
    this.#options = options;
    this.#settings = settings;
    this.#clock = clock;
    this.#instances = options.instances;
    this.meter = new LoadMeter(clock.now());
    this.#callers = new WaitingCallers({
      ...settings,
      ...options,
      pool: settings.name,
      onRefused: (outcome) => this.#settle(outcome),
    });
  }

  /** Callers that wait for an instance now. */
  get waiting(): number {
    return this.#callers.length;
  }

  /** Requests that are not settled. */
  get pending(): number {
    return this.#preparing + this.#callers.length + this.#served;
  }

  /** Makes one call; see `ToolExecutionPool.execute`. */
  async execute(input: unknown, options: ExecuteOptions): Promise<unknown> {
    const { acquireTimeout, executionTimeout } = this.#settings;
    const timeout = options.timeout === undefined ? executionTimeout : parseDuration(options.timeout);
    const arrivedAt = this.#arrive(options.signal);
    const contract = await this.#admit(input, options.signal);
    this.#preparing--;
    const instance = this.#lendNow(options.key) ?? (await this.#wait(options, acquireTimeout));
    return await this.#run(contract, instance, { input, timeout, signal: options.signal, arrivedAt });
  }

  /** Lends an instance; see `ToolExecutionPool.acquire`. */
  async acquire(options: AcquireOptions): Promise<Lease> {
    const { name, acquireTimeout } = this.#settings;
    const timeout = options.timeout === undefined ? acquireTimeout : parseDuration(options.timeout);
    const arrivedAt = this.#arrive(options.signal);
    const lent = this.#lendNow(options.key);
    const instance = lent ?? (await this.#wait(options, timeout));
    const lentAt = lent === undefined ? this.#clock.now() : arrivedAt;
    if (this.#state === "stopped") {
      this.#giveBack(instance, lentAt, lentAt, true);
      this.#settleServed("shed");
      throw this.#closedError();
    }
    const lease = new PoolLease(name, instance, (_, isFit) => {
      const now = this.#clock.now();
      if (!isFit) this.#instances.retire(instance, "lease");
      this.#giveBack(instance, lentAt, now, isFit);
      // A stop has settled it before.
      if (!this.#leases.delete(lease)) return;
      this.figures.executed(lentAt - arrivedAt, now - lentAt, now);
      this.#settleServed(isFit ? "out" : "failed");
    });
    this.#leases.add(lease);
    return lease;
  }

  /** Gives free instances to who waits. */
  serve(now: number): void {
    this.#callers.serve((key) => this.#lend(key, now));
  }

  /** Fails who waits. */
  failWaiting(reason: unknown): void {
    this.#callers.refuseAll("failed", reason);
  }

  /** Takes no new request; resolves when those it has are settled. */
  async drain(signal?: AbortSignal): Promise<void> {
    if (this.#state === "open") this.#state = "draining";
    if (this.pending === 0) return;
    this.#drained ??= Promise.withResolvers<void>();
    await untilAborted(this.#drained.promise, signal);
  }

  /** Refuses who waits and gives up what runs; says with which error. */
  stop(): Error {
    this.#state = "stopped";
    const closed = this.#closedError();
    this.#callers.refuseAll("shed", closed);
    for (const call of this.#calls) call.abort(closed);
    for (const _ of this.#leases) this.#settleServed("shed");
    this.#leases.clear();
    this.#drained?.resolve();
    return closed;
  }

  /** @throws LLMSPELL_E_POOL_CLOSED */
  assertOpen(): void {
    if (this.#state !== "open") throw this.#closedError();
  }

  /** Counts a request; says when it came. */
  #arrive(signal: AbortSignal | undefined): number {
    this.figures.in++;
    this.meter.arrived();
    try {
      this.assertOpen();
      signal?.throwIfAborted();
    } catch (error) {
      this.#settle("shed");
      throw error;
    }
    return this.#clock.now();
  }

  /** Checks the input, for which the tool must be known. */
  async #admit(input: unknown, signal: AbortSignal | undefined): Promise<ToolContract> {
    this.#preparing++;
    try {
      const contract = this.#options.tool.contract ?? (await untilAborted(this.#options.tool.prepare(), signal));
      contract.checkInput(input);
      return contract;
    } catch (error) {
      this.#preparing--;
      this.#settle(isAbortOf(signal, error) ? "shed" : "failed");
      throw error;
    }
  }

  /** An instance that is free now, unless others wait for one. */
  #lendNow(key: string | undefined): PooledInstance | undefined {
    if (this.#callers.length > 0 || this.#state === "stopped") return undefined;
    try {
      return this.#lend(key, this.#clock.now());
    } catch (error) {
      this.#settle("failed");
      throw error;
    }
  }

  async #wait(options: AcquireOptions, timeout: number): Promise<PooledInstance> {
    if (this.#state === "stopped") {
      this.#settle("shed");
      throw this.#closedError();
    }
    const isRefused = this.#callers.isFull;
    const instance = this.#callers.wait(options, timeout);
    this.#options.onDemand(isRefused ? 1 : 0);
    return await instance;
  }

  #lend(key: string | undefined, now: number): PooledInstance | undefined {
    const instance = this.#instances.lend(key);
    if (instance === undefined) return undefined;
    this.meter.changed(1, now);
    this.#served++;
    return instance;
  }

  async #run(contract: ToolContract, instance: PooledInstance, request: RunRequest): Promise<unknown> {
    const pool = this.#settings.name;
    const { input, timeout, signal, arrivedAt } = request;
    const startedAt = this.#clock.now();
    const overdue = () => toolErrors.LLMSPELL_E_TOOL_TIMEOUT({ pool, timeout });
    const limits = { deadlines: this.#options.deadlines, endsAt: startedAt + timeout, overdue, signal };
    const call = new LimitedCall<unknown>(limits, async (signal) => {
      if (this.#state === "stopped") throw this.#closedError();
      return await instance.resource.execute(input, { signal });
    });
    this.#calls.add(call);
    const end = (isSuccess: boolean) => {
      this.#calls.delete(call);
      this.#giveBack(instance, startedAt, this.#clock.now(), isSuccess);
    };
    call.work.then(
      () => end(true),
      () => end(false),
    );
    let outcome: Outcome = "out";
    try {
      const output = await call.outcome;
      contract.checkOutput(output);
      return output;
    } catch (error) {
      const isGivenUp = isAbortOf(signal, error) || isLlmspellError(error, "LLMSPELL_E_POOL_CLOSED");
      outcome = isGivenUp ? "shed" : "failed";
      throw error;
    } finally {
      const now = this.#clock.now();
      this.figures.executed(startedAt - arrivedAt, now - startedAt, now);
      this.#settleServed(outcome);
    }
  }

  #giveBack(instance: PooledInstance, startedAt: number, now: number, isSuccess: boolean): void {
    this.meter.changed(-1, now);
    this.#instances.giveBack(instance, now);
    if (this.#callers.length > 0) this.serve(now);
    this.#tellBalancer(instance, now - startedAt, isSuccess);
  }

  /** A balancer that fails to learn is no reason to fail the call from which it learns. */
  #tellBalancer(instance: PooledInstance, duration: number, isSuccess: boolean): void {
    try {
      this.#settings.balancer.settled?.(instance, duration, isSuccess);
    } catch (error) {
      this.#options.log.error("A balancer failed.", { pool: this.#settings.name, problem: messageOf(error) });
    }
  }

  /** Counts how a request ended that had an instance. */
  #settleServed(outcome: Outcome): void {
    this.#served--;
    this.#settle(outcome);
  }

  /** Counts how a request ended. */
  #settle(outcome: Outcome): void {
    this.figures[outcome]++;
    if (this.pending === 0) this.#drained?.resolve();
  }

  #closedError(): Error {
    const state = this.#state === "draining" ? "draining" : "stopped";
    return toolErrors.LLMSPELL_E_POOL_CLOSED({ pool: this.#settings.name, state });
  }
}

/** Whether the caller gave up, and this is what that rejects with. */
function isAbortOf(signal: AbortSignal | undefined, error: unknown): boolean {
  return signal?.aborted === true && error === signal.reason;
}

interface RunRequest {
  readonly input: unknown;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly arrivedAt: number;
}
