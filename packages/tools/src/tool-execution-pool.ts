import { availableParallelism } from "node:os";
import {
  type Clock,
  type Log,
  messageOf,
  parseBytes,
  parseDuration,
  type Reading,
  silentLog,
  systemClock,
  systemRandom,
  type Timer,
} from "@llmspell/base";
import { CreationGate } from "./creation-gate.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import { toolsSectionDefaults } from "./generated/options.ts";
import type { Lease } from "./lease.ts";
import { MemoryLimit } from "./memory-limit.ts";
import type { CallObserver, InstanceFigures, PoolStats } from "./pool-figures.ts";
import type {
  AcquireOptions,
  ExecuteOptions,
  ToolExecutionPoolDependencies,
  ToolExecutionPoolOptions,
  ToolRequest,
} from "./pool-options.ts";
import { poolSettings } from "./pool-settings.ts";
import type { ScalingAction } from "./scaling-policy.ts";
import type { ToolDescription } from "./tool.ts";
import { ToolPool } from "./tool-pool.ts";

/** How often pools are tidied up, in milliseconds. */
const UPKEEP_INTERVAL = 1000;
/** How often the memory of the instances is measured, and how long each may take to tell, in milliseconds. */
const MEMORY_INTERVAL = 5000;

/** Shared, so that a call without options allocates none. */
const NO_OPTIONS = Object.freeze({});

/** What a tool pool tells whoever may call it. */
export interface PoolDescription extends ToolDescription {
  /** The pool's name, by which it is called. */
  readonly name: string;
}

/**
 * Pools of warm tool instances: lends them to callers, keeps the right number alive, and replaces those that are worn out.
 *
 * @example
 * await using tools = new ToolExecutionPool({ pools: { shout: { tool: shout, size: { min: 1, max: 4 } } } });
 * await tools.start();
 * const output = await tools.execute({ pool: "shout", input: { text: "hello" } });
 */
export class ToolExecutionPool implements AsyncDisposable {
  readonly #pools: ReadonlyMap<string, ToolPool>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #deadlines: DeadlineTimer;
  readonly #healthCheckInterval: number;
  #upkeep: Timer | undefined;
  #isStopped = false;
  readonly #memoryLimit: MemoryLimit;
  #nextHealthCheck: number;
  #nextMeasurement: number;

  /** @throws LLMSPELL_E_POOL_OPTIONS, LLMSPELL_E_TOOL_SCHEMA, LLMSPELL_E_DURATION when the options do not fit */
  constructor(options: ToolExecutionPoolOptions, dependencies: ToolExecutionPoolDependencies = {}) {
    const { clock = systemClock, random = systemRandom, log = silentLog } = dependencies;
    const gate = new CreationGate(options.maxParallelCreations ?? availableParallelism());
    this.#clock = clock;
    this.#log = log;
    this.#deadlines = new DeadlineTimer(clock);
    this.#healthCheckInterval = parseDuration(options.healthCheckInterval ?? toolsSectionDefaults.healthCheckInterval);
    this.#nextHealthCheck = clock.now() + this.#healthCheckInterval;
    this.#nextMeasurement = clock.now();
    const limit = options.maxPoolMemory === undefined ? Number.POSITIVE_INFINITY : parseBytes(options.maxPoolMemory);
    const memoryLimit = new MemoryLimit(limit, log);
    this.#memoryLimit = memoryLimit;
    const mayGrow = () => !memoryLimit.isExceeded;
    const surroundings = { clock, random, log, gate, deadlines: this.#deadlines, mayGrow };
    this.#pools = new Map(
      Object.entries(options.pools).map(([name, pool]) => [
        name,
        new ToolPool(poolSettings(name, options, pool, dependencies), surroundings),
      ]),
    );
  }

  /**
   * Makes every pool's minimum ready, and from then on keeps, scales and checks the instances.
   *
   * @throws LLMSPELL_E_POOL_CREATION when a tool cannot be created; LLMSPELL_E_POOL_CLOSED once it drains or has stopped; the
   * signal's reason when it aborts
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (!this.#isStopped) this.#upkeep ??= this.#clock.setInterval(() => this.#keepUp(), UPKEEP_INTERVAL).unref();
    await Promise.all([...this.#pools.values()].map((pool) => pool.start(signal)));
  }

  /**
   * Takes no new request, and resolves when those under way are settled.
   *
   * @throws the signal's reason when it aborts
   */
  async drain(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.drain(signal)));
  }

  /**
   * Gives up what is under way and disposes every instance and tool, each within 10 s. Can be called again, also without a
   * start.
   */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#upkeep?.cancel();
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
    this.#deadlines[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Makes one call: waits for an instance, runs the tool on it, gives the instance back.
   *
   * @returns the tool's output
   * @throws what the tool throws; LLMSPELL_E_POOL_UNKNOWN, LLMSPELL_E_POOL_CLOSED, LLMSPELL_E_POOL_QUEUE_FULL,
   * LLMSPELL_E_POOL_ACQUIRE_TIMEOUT, LLMSPELL_E_POOL_BREAKER_OPEN, LLMSPELL_E_POOL_CREATION, LLMSPELL_E_TOOL_INPUT, LLMSPELL_E_TOOL_OUTPUT,
   * LLMSPELL_E_TOOL_TIMEOUT; the signal's reason when it aborts
   */
  execute(request: ToolRequest, options: ExecuteOptions = NO_OPTIONS): Promise<unknown> {
    const pool = this.#pools.get(request.pool);
    if (pool === undefined) return Promise.reject(this.#unknown(request.pool));
    return pool.execute(request.input, options);
  }

  /**
   * Lends an instance for several calls in a row; the caller must release it. Inputs and outputs are not checked.
   *
   * @throws as `execute` where it waits for an instance
   */
  acquire(pool: string, options: AcquireOptions = NO_OPTIONS): Promise<Lease> {
    const found = this.#pools.get(pool);
    if (found === undefined) return Promise.reject(this.#unknown(pool));
    return found.acquire(options, this.acquire);
  }

  /** The pools' names. */
  pools(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /**
   * What a language model is told of a pool's tool.
   *
   * @throws LLMSPELL_E_POOL_UNKNOWN; LLMSPELL_E_POOL_NOT_PREPARED before `start` where the tool learns it then
   */
  describe(pool: string): PoolDescription {
    return { name: pool, ...this.#pool(pool).describe() };
  }

  /** The figures of every pool, by name. */
  stats(): Readonly<Record<string, PoolStats>> {
    return Object.fromEntries([...this.#pools].map(([name, pool]) => [name, pool.stats()]));
  }

  /**
   * The figures of each instance of a pool, the oldest first.
   *
   * @throws LLMSPELL_E_POOL_UNKNOWN
   */
  instances(pool: string): readonly InstanceFigures[] {
    return this.#pool(pool).instances();
  }

  /** Calls under way over the calls that the live instances could serve at once, now; 0 to 1. */
  getUtilization(pool: string): number {
    return this.#pool(pool).utilization;
  }

  /** How long calls ran, mean, in milliseconds: of one pool, or of all. */
  getAvgExecutionTime(pool?: string): number {
    const pools = pool === undefined ? [...this.#pools.values()] : [this.#pool(pool)];
    let count = 0;
    let total = 0;
    for (const { execution } of pools.map((each) => each.stats())) {
      count += execution.count;
      total += execution.count * execution.mean;
    }
    return count === 0 ? 0 : total / count;
  }

  /** The changes that scaling policies made, oldest first: of one pool, or of all. */
  getScalingHistory(pool?: string): readonly ScalingAction[] {
    const pools = pool === undefined ? [...this.#pools.values()] : [this.#pool(pool)];
    return pools.flatMap(({ scalingHistory }) => scalingHistory).sort((a, b) => a.at - b.at);
  }

  /** Tells `observer` of each call that has ended, one observer at a time, until what it gives is disposed. */
  observe(observer: CallObserver): Disposable {
    const tell = (to: CallObserver | undefined) => {
      for (const pool of this.#pools.values()) pool.observe(to);
    };
    tell(observer);
    return { [Symbol.dispose]: () => tell(undefined) };
  }

  /** The pools' figures as readings. */
  readings(): Reading[] {
    return Object.entries(this.stats()).map(([name, stats]) => ({
      part: "pool",
      name,
      in: stats.in,
      out: stats.out,
      shed: stats.shed,
      failed: stats.failed,
      pending: stats.pending,
      duration: stats.duration,
      details: {
        instances: stats.instances,
        ready: stats.ready,
        busy: stats.busy,
        waiting: stats.waiting,
        waitP99: stats.wait.p99,
        creationP50: stats.creation.p50,
        warmUpP50: stats.warmUp.p50,
        created: stats.created,
        creationFailures: stats.creationFailures,
        skippedWarmUps: stats.skippedWarmUps,
        retired: stats.retired,
        leases: stats.leases,
        oldestLease: stats.oldestLease,
        leaseWarnings: stats.leaseWarnings,
        utilization: stats.utilization,
        memory: stats.memory,
      },
    }));
  }

  #pool(name: string): ToolPool {
    const pool = this.#pools.get(name);
    if (pool === undefined) throw this.#unknown(name);
    return pool;
  }

  #unknown(name: string): Error {
    return toolErrors.LLMSPELL_E_POOL_UNKNOWN({ pool: name, pools: this.pools() });
  }

  #keepUp(): void {
    const now = this.#clock.now();
    const isHealthCheckDue = now >= this.#nextHealthCheck;
    const isMeasurementDue = now >= this.#nextMeasurement;
    if (isHealthCheckDue) this.#nextHealthCheck = now + this.#healthCheckInterval;
    if (isMeasurementDue) this.#nextMeasurement = now + MEMORY_INTERVAL;
    this.#memoryLimit.enforce([...this.#pools.values()]);
    for (const [name, pool] of this.#pools) {
      // A tool is a plugin's: when it throws on this timer, nobody else would catch it.
      try {
        if (isHealthCheckDue) pool.checkHealth(this.#healthCheckInterval);
        if (isMeasurementDue) pool.measureMemory(MEMORY_INTERVAL);
        pool.upkeep(now);
      } catch (error) {
        this.#log.error("The upkeep of a pool failed.", { pool: name, problem: messageOf(error) });
      }
    }
  }
}

declare module "@llmspell/kernel" {
  interface Services {
    tools: ToolExecutionPool;
  }
}
