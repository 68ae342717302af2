import { type Clock, isLlmspellError, type Log, parseDuration, type Random, untilAborted } from "@llmspell/base";
import type { BreakerPermit, BreakerState } from "@llmspell/resilience";
import type { DeadlineTimer } from "./deadline-timer.ts";
import type { InstanceSet } from "./instance-set.ts";
import type { Lease, Lender, PoolLease } from "./lease.ts";
import { LeaseBook, type LeaseEntry } from "./lease-book.ts";
import { PoolBreaker } from "./pool-breaker.ts";
import { type CallRequest, isGivenUp, PoolCalls } from "./pool-calls.ts";
import { type Outcome, PoolFigures } from "./pool-figures.ts";
import { PoolGate } from "./pool-gate.ts";
import { PoolLending } from "./pool-lending.ts";
import type { AcquireOptions, ExecuteOptions } from "./pool-options.ts";
import type { ToolPoolSettings } from "./pool-settings.ts";
import type { PreparedTool } from "./prepared-tool.ts";
import type { ToolContract } from "./tool-contract.ts";

export interface PoolRequestsOptions {
  readonly settings: ToolPoolSettings;
  readonly tool: PreparedTool;
  readonly instances: InstanceSet;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: DeadlineTimer;
  readonly log: Log;
  /**
   * Somebody found no instance free.
   *
   * @param refused callers that did not even get to wait
   */
  onDemand(refused: number): void;
  /** Why there is no instance free, as a part of a sentence. */
  situation(): string;
}

/** The requests of one pool: which are admitted, and what becomes of each. */
export class PoolRequests implements Lender {
  readonly pool: string;
  readonly figures = new PoolFigures();
  readonly leases: LeaseBook;
  readonly lending: PoolLending;
  readonly #options: PoolRequestsOptions;
  readonly #settings: ToolPoolSettings;
  readonly #breaker: PoolBreaker;
  readonly #calls: PoolCalls;
  readonly #gate: PoolGate;
  /** Requests that have come and neither wait nor have an instance. */
  #preparing = 0;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(options: PoolRequestsOptions) {
    const { settings, clock, log } = options;
    const { name, breaker, leaseWarning } = settings;
    this.pool = name;
    this.#options = options;
    this.#settings = settings;
    this.#gate = new PoolGate(name);
    this.#breaker = new PoolBreaker({
      pool: name,
      breaker,
      clock,
      // Who waits would only be lent what fails: it learns of that now, as those do who come after it.
      onOpened: (reason) => this.lending.refuseAll("shed", reason),
    });
    this.leases = new LeaseBook(name, leaseWarning, log);
    this.lending = new PoolLending({
      ...options,
      figures: this.figures,
      leases: this.leases,
      lender: this,
      onRefused: (permit, outcome) => this.#turnAway(permit, outcome),
    });
    this.#calls = new PoolCalls({
      ...options,
      pool: name,
      lending: this.lending,
      assertRunning: () => this.#gate.assertRunning(),
      onSettled: (lease, outcome, now, error) => this.#settleCall(lease, outcome, now, error),
    });
  }

  /** Requests that are not settled. */
  get pending(): number {
    return this.#preparing + this.lending.waiting + this.lending.unsettled;
  }

  get breakerState(): BreakerState | undefined {
    return this.#breaker.state;
  }

  /**
   * Makes one call; see `ToolExecutionPool.execute`. Not `async`: a call on a tool that is known and an instance that is free,
   * which is the rule, begins at once and makes no promise of its own.
   */
  execute(input: unknown, options: ExecuteOptions): Promise<unknown> {
    try {
      const { timeout = this.#settings.executionTimeout, signal, onProgress } = options;
      const request = { input, timeout: parseDuration(timeout), signal, onProgress };
      const permit = this.#arrive(signal);
      const { contract } = this.#options.tool;
      if (contract === undefined) return this.#callWhenPrepared(request, options, permit);
      return this.#call(contract, request, options, permit);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Lends an instance; see `ToolExecutionPool.acquire`. Not `async`: who finds an instance free, which is the rule, waits for
   * one promise only.
   *
   * @param entry the function that the caller called
   */
  acquire(options: AcquireOptions, entry: LeaseEntry): Promise<Lease> {
    try {
      const { acquireTimeout } = this.#settings;
      const timeout = options.timeout === undefined ? acquireTimeout : parseDuration(options.timeout);
      const permit = this.#arrive(options.signal);
      const { leases } = this;
      const place = leases.wantsPlace ? leases.placeOf(entry) : undefined;
      const lease = this.#lendNow(options.key, permit);
      if (lease === undefined) {
        const { signal, priority, key } = options;
        return this.lending.wait({ signal, priority, key, timeout, permit, isLeased: true, place });
      }
      leases.open(lease, place);
      return Promise.resolve(lease);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  endLease(lease: PoolLease, isFit: boolean): void {
    if (!isFit) this.#options.instances.retire(lease.pooled, "lease");
    this.leases.close(lease);
    const now = this.lending.giveBack(lease, isFit);
    // A stop has settled it before.
    if (this.#gate.isStopped) return;
    const { arrivedAt, lentAt, weight, permit } = lease;
    if (weight > 0) this.figures.executed(lentAt - arrivedAt, now - lentAt, now, weight);
    this.#breaker.record(permit, isFit, now, now - lentAt);
    this.#settleServed(isFit ? "out" : "failed");
  }

  /** Fails who waits. */
  failWaiting(reason: unknown): void {
    this.lending.refuseAll("failed", reason);
  }

  /** Takes no new request; resolves when those it has are settled. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.#gate.drain();
    if (this.pending === 0) return;
    this.#drained ??= Promise.withResolvers<void>();
    await untilAborted(this.#drained.promise, signal);
  }

  /** Refuses who waits and gives up what runs; says with which error. */
  stop(): Error {
    const closed = this.#gate.stop();
    this.lending.refuseAll("shed", closed);
    this.#calls.abortAll(closed);
    for (let left = this.leases.size; left > 0; left--) this.#settleServed("shed");
    this.#drained?.resolve();
    return closed;
  }

  /** What is done every second. */
  upkeep(now: number): void {
    this.lending.upkeep(now);
    this.leases.upkeep(now);
  }

  /** @throws LLMSPELL_E_POOL_CLOSED */
  assertOpen(): void {
    this.#gate.assertOpen();
  }

  assertRunning(): void {
    this.#gate.assertRunning();
  }

  /** Counts a request; gives the breaker's permit for it, where there is one. */
  #arrive(signal: AbortSignal | undefined): BreakerPermit | undefined {
    this.figures.in++;
    this.lending.meter.arrived();
    try {
      this.assertOpen();
      signal?.throwIfAborted();
      return this.#breaker.admit();
    } catch (error) {
      this.#settle("shed");
      throw error;
    }
  }

  #check(contract: ToolContract, input: unknown, permit: BreakerPermit | undefined): void {
    try {
      contract.checkInput(input);
    } catch (error) {
      this.#turnAway(permit, "failed");
      throw error;
    }
  }

  #lendNow(key: string | undefined, permit: BreakerPermit | undefined): PoolLease | undefined {
    try {
      return this.lending.lendNow(key, permit);
    } catch (error) {
      this.#turnAway(permit, "failed");
      throw error;
    }
  }

  async #callWhenPrepared(
    request: CallRequest,
    options: ExecuteOptions,
    permit: BreakerPermit | undefined,
  ): Promise<unknown> {
    const { signal } = options;
    let contract: ToolContract;
    this.#preparing++;
    try {
      contract = await untilAborted(this.#options.tool.prepare(), signal);
      this.assertRunning();
    } catch (error) {
      this.#preparing--;
      this.#turnAway(permit, isGivenUp(signal, error) ? "shed" : "failed");
      throw error;
    }
    this.#preparing--;
    return await this.#call(contract, request, options, permit);
  }

  #call(
    contract: ToolContract,
    request: CallRequest,
    options: ExecuteOptions,
    permit: BreakerPermit | undefined,
  ): Promise<unknown> {
    this.#check(contract, request.input, permit);
    const lease = this.#lendNow(options.key, permit);
    if (lease !== undefined) return this.#calls.run(contract, lease, request);
    return this.#callWhenLent(contract, request, options, permit);
  }

  async #callWhenLent(
    contract: ToolContract,
    request: CallRequest,
    { signal, priority, key }: ExecuteOptions,
    permit: BreakerPermit | undefined,
  ): Promise<unknown> {
    const timeout = this.#settings.acquireTimeout;
    const wanted = { signal, priority, key, timeout, permit, isLeased: false, place: undefined };
    const lease = await this.lending.wait(wanted);
    return await this.#calls.run(contract, lease, request);
  }

  #settleCall({ arrivedAt, lentAt, weight, permit }: PoolLease, outcome: Outcome, now: number, error: unknown): void {
    if (weight > 0) this.figures.executed(lentAt - arrivedAt, now - lentAt, now, weight);
    // A caller who gives up, or asks for what cannot be, says nothing of the tool.
    if (outcome === "shed" || isLlmspellError(error, "LLMSPELL_E_TOOL_INPUT")) this.#breaker.release(permit);
    else this.#breaker.record(permit, outcome === "out", now, now - lentAt);
    this.#settleServed(outcome);
  }

  /** Counts how a request ended that got no instance. */
  #turnAway(permit: BreakerPermit | undefined, outcome: Outcome): void {
    this.#breaker.release(permit);
    this.#settle(outcome);
  }

  /** Counts how a request ended that had an instance. */
  #settleServed(outcome: Outcome): void {
    this.lending.settled();
    this.#settle(outcome);
  }

  /** Counts how a request ended. */
  #settle(outcome: Outcome): void {
    this.figures[outcome]++;
    if (this.#drained !== undefined && this.pending === 0) this.#drained.resolve();
  }
}
