import {
  type Clock,
  isLlmspellError,
  type Log,
  messageOf,
  parseDuration,
  type Random,
  untilAborted,
} from "@llmspell/base";
import type { CreationGate } from "./creation-gate.ts";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import { InstanceSet } from "./instance-set.ts";
import { type Lease, PoolLease } from "./lease.ts";
import { LimitedCall } from "./limited-call.ts";
import { LoadMeter } from "./load-meter.ts";
import { type Outcome, PoolFigures, type PoolStats } from "./pool-figures.ts";
import type { AcquireOptions, ExecuteOptions } from "./pool-options.ts";
import type { ToolPoolSettings } from "./pool-settings.ts";
import { PoolSizing } from "./pool-sizing.ts";
import type { PooledInstance } from "./pooled-instance.ts";
import { PreparedTool } from "./prepared-tool.ts";
import type { ScalingAction } from "./scaling-policy.ts";
import type { ToolDescription } from "./tool.ts";
import type { ToolContract } from "./tool-contract.ts";
import { WaitingCallers } from "./waiting-callers.ts";

/** What all pools of a `ToolExecutionPool` share. */
export interface PoolSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly gate: CreationGate;
  readonly deadlines: DeadlineTimer;
}

/** The pool of one tool: who gets an instance when, and what becomes of each request. */
export class ToolPool {
  readonly #settings: ToolPoolSettings;
  readonly #clock: Clock;
  readonly #deadlines: DeadlineTimer;
  readonly #log: Log;
  readonly #figures = new PoolFigures();
  readonly #calls = new Set<LimitedCall<unknown>>();
  readonly #leases = new Set<Lease>();
  readonly #stopping = new AbortController();
  readonly #tool: PreparedTool;
  readonly #callers: WaitingCallers;
  readonly #meter: LoadMeter;
  readonly #instances: InstanceSet;
  readonly #sizing: PoolSizing;
  #state: "open" | "draining" | "stopped" = "open";
  /** Requests that have come and neither wait nor have an instance. */
  #preparing = 0;
  /** Requests that have an instance. */
  #served = 0;
  #starting: Promise<void> | undefined;
  #minimumReady: PromiseWithResolvers<void> | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(settings: ToolPoolSettings, surroundings: PoolSurroundings) {
    const { clock, random, deadlines } = surroundings;
    const { name } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#log = surroundings.log;
    this.#tool = new PreparedTool({ ...settings, ...surroundings, pool: name, signal: this.#stopping.signal });
    this.#callers = new WaitingCallers({
      ...settings,
      ...surroundings,
      pool: name,
      onRefused: (outcome) => this.#settle(outcome),
    });
    this.#meter = new LoadMeter(clock.now());
    this.#instances = new InstanceSet({
      ...surroundings,
      ...settings,
      pool: name,
      create: (signal) => this.#tool.createInstance(signal),
      onReady: () => this.#onReady(),
      onCreationFailed: (error) => this.#onCreationFailed(error),
      onRetired: () => this.#sizing.replenish(),
    });
    this.#sizing = new PoolSizing({
      ...settings,
      instances: this.#instances,
      meter: this.#meter,
      clock,
      random,
      deadlines,
      waiting: () => this.#callers.length,
      serviceTime: () => this.#figures.serviceTime,
    });
  }

  get scalingHistory(): readonly ScalingAction[] {
    return this.#sizing.history;
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
      this.#figures.executed(lentAt - arrivedAt, now - lentAt, now);
      this.#settleServed(isFit ? "out" : "failed");
    });
    this.#leases.add(lease);
    return lease;
  }

  /** Resolves when the minimum is ready. An abort ends the wait, not the start, for which others may wait too. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#assertOpen();
    signal?.throwIfAborted();
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    await untilAborted(this.#starting, signal);
  }

  /** Takes no new request; resolves when those it has are settled. */
  async drain(signal?: AbortSignal): Promise<void> {
    if (this.#state === "open") this.#state = "draining";
    if (this.#pending === 0) return;
    this.#drained ??= Promise.withResolvers<void>();
    await untilAborted(this.#drained.promise, signal);
  }

  /** Refuses who waits, gives up what runs, and disposes every instance. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** What is done every second. */
  upkeep(now: number): void {
    this.#sizing.upkeep(now);
  }

  checkHealth(limit: number): void {
    this.#instances.checkHealth(limit);
  }

  /** @throws LLMSPELL_E_POOL_NOT_PREPARED before the tool is known */
  describe(): ToolDescription {
    return this.#tool.describe();
  }

  /** Calls under way over the calls that the live instances could serve at once. */
  get utilization(): number {
    const capacity = (this.#instances.count("ready") + this.#instances.count("busy")) * this.#settings.concurrency;
    return capacity === 0 ? 0 : Math.min(1, this.#meter.inFlight / capacity);
  }

  stats(): PoolStats {
    const instances = this.#instances;
    return {
      ...this.#figures.counts(this.#pending),
      waiting: this.#callers.length,
      inFlight: this.#meter.inFlight,
      instances: instances.live,
      ready: instances.count("ready"),
      busy: instances.count("busy"),
      warming: instances.count("cold") + instances.count("warming"),
      draining: instances.count("draining"),
      created: instances.created,
      retired: instances.retired,
      utilization: this.utilization,
    };
  }

  get #pending(): number {
    return this.#preparing + this.#callers.length + this.#served;
  }

  async #start(): Promise<void> {
    await this.#tool.prepare();
    this.#assertOpen();
    const ready = Promise.withResolvers<void>();
    this.#minimumReady = ready;
    this.#sizing.keepMinimum();
    this.#tellMinimum();
    try {
      await ready.promise;
    } finally {
      this.#minimumReady = undefined;
    }
  }

  /** Counts a request; says when it came. */
  #arrive(signal: AbortSignal | undefined): number {
    this.#figures.in++;
    this.#meter.arrived();
    try {
      this.#assertOpen();
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
      const contract = this.#tool.contract ?? (await untilAborted(this.#tool.prepare(), signal));
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
    this.#sizing.replenish(isRefused ? 1 : 0);
    return await instance;
  }

  #serveCallers(now: number): void {
    this.#callers.serve((key) => this.#lend(key, now));
  }

  #lend(key: string | undefined, now: number): PooledInstance | undefined {
    const instance = this.#instances.lend(key);
    if (instance === undefined) return undefined;
    this.#meter.changed(1, now);
    this.#served++;
    return instance;
  }

  async #run(contract: ToolContract, instance: PooledInstance, request: RunRequest): Promise<unknown> {
    const pool = this.#settings.name;
    const { input, timeout, signal, arrivedAt } = request;
    const startedAt = this.#clock.now();
    const overdue = () => toolErrors.LLMSPELL_E_TOOL_TIMEOUT({ pool, timeout });
    const limits = { deadlines: this.#deadlines, endsAt: startedAt + timeout, overdue, signal };
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
      this.#figures.executed(startedAt - arrivedAt, now - startedAt, now);
      this.#settleServed(outcome);
    }
  }

  #giveBack(instance: PooledInstance, startedAt: number, now: number, isSuccess: boolean): void {
    this.#meter.changed(-1, now);
    this.#instances.giveBack(instance, now);
    if (this.#callers.length > 0) this.#serveCallers(now);
    this.#tellBalancer(instance, now - startedAt, isSuccess);
  }

  /** A balancer that fails to learn is no reason to fail the call from which it learns. */
  #tellBalancer(instance: PooledInstance, duration: number, isSuccess: boolean): void {
    try {
      this.#settings.balancer.settled?.(instance, duration, isSuccess);
    } catch (error) {
      this.#log.error("A balancer failed.", { pool: this.#settings.name, problem: messageOf(error) });
    }
  }

  /** Counts how a request ended that had an instance. */
  #settleServed(outcome: Outcome): void {
    this.#served--;
    this.#settle(outcome);
  }

  /** Counts how a request ended. */
  #settle(outcome: Outcome): void {
    this.#figures[outcome]++;
    if (this.#pending === 0) this.#drained?.resolve();
  }

  #onReady(): void {
    this.#sizing.creationSucceeded();
    this.#tellMinimum();
    this.#serveCallers(this.#clock.now());
  }

  #tellMinimum(): void {
    const { min } = this.#settings;
    if (this.#instances.count("ready") + this.#instances.count("busy") >= min) this.#minimumReady?.resolve();
  }

  #onCreationFailed(error: unknown): void {
    const failure = this.#tool.creationError(error);
    this.#figures.creationFailures++;
    this.#log.warn(failure.message);
    this.#minimumReady?.reject(failure);
    if (this.#instances.live === 0) this.#callers.refuseAll("failed", failure);
    this.#sizing.creationFailed();
  }

  async #stop(): Promise<void> {
    this.#state = "stopped";
    const closed = this.#closedError();
    this.#sizing.stop();
    this.#stopping.abort(closed);
    this.#minimumReady?.reject(closed);
    this.#callers.refuseAll("shed", closed);
    for (const call of this.#calls) call.abort(closed);
    for (const _ of this.#leases) this.#settleServed("shed");
    this.#leases.clear();
    this.#drained?.resolve();
    await this.#instances.stop();
    try {
      await this.#settings.tool[Symbol.asyncDispose]?.();
    } catch (error) {
      this.#log.warn("A tool could not be disposed.", { pool: this.#settings.name, problem: messageOf(error) });
    }
  }

  #assertOpen(): void {
    if (this.#state !== "open") throw this.#closedError();
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
