import type { BackgroundCalls } from "../execution/background-calls.ts";
import { SlotPool } from "../execution/call-slots.ts";
import { ChainWalk } from "../execution/chain-walk.ts";
import { Execution } from "../execution/execution.ts";
import { isPromise } from "../execution/hook-answer.ts";
import type { RunStart } from "../execution/live-run.ts";
import { RunContext } from "../execution/run-context.ts";
import type { RunRequest } from "../execution/run-request.ts";
import type { HookData } from "../hook-context.ts";
import type { HookEntry, HookRun } from "../hook-run.ts";
import type { CompiledPlan, HookStrategy } from "../hook-strategy.ts";
import type { HookInstruments } from "../instruments.ts";
import { freezeDeeply } from "../patches/freeze.ts";
import type { ConflictPolicy } from "../patches/patch-merge.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { PointCounters } from "../statistics/hook-statistics.ts";
import type { ExecutionPlan, PlannedHook } from "./execution-plan.ts";
import { type ChainStop, chainHooks, type HookChain } from "./hook-chain.ts";
import { callMeasured } from "./measured-chain.ts";
import { planHooks } from "./plan-hooks.ts";

/** What the runs of a point need beside its hooks. */
export interface RunEnvironment {
  readonly background: BackgroundCalls;
  readonly strategy: HookStrategy;
  readonly onConflict: ConflictPolicy;
  /** Whether data are frozen before hooks see them. */
  readonly isFreezing: boolean;
  /** Milliseconds; `undefined` for none. */
  readonly deadline: number | undefined;
  readonly instruments: HookInstruments;
}

/** A run is slow when its hooks take longer than this on the average; then measuring all costs less than 1 %. Milliseconds. */
const SLOW_HOOK = 0.01;

/** What all runs of a hook point share until one of its hooks is added or removed. */
export class CompiledPoint {
  readonly plan: ExecutionPlan;
  readonly strategy: string;
  /** The strategy's way through the plan. */
  readonly drive: CompiledPlan;
  /** The registered hooks in plan order. */
  readonly hooks: readonly RegisteredHook[];
  readonly environment: RunEnvironment;
  readonly counters: PointCounters;
  /** Calls the plain hooks that begin the plan; made for the first run, as a plan may be wanted without one. */
  #chain: HookChain | undefined;
  /** How many hooks the chain has; 0 where the strategy has another order. */
  readonly #chained: number;
  readonly #endOfChain: ChainStop;
  /** How many hooks, from the first on, are called each when the one before has answered; see `ChainWalk`. */
  readonly walkable: number;
  readonly slots: SlotPool;
  readonly #allContinued: readonly HookEntry[];
  /** Runs in which all hooks continued, and which the counters do not have yet. */
  #quietRuns = 0;
  /** Whether another plan has taken its place, and only runs that had begun before still use it. */
  #isRetired = false;
  readonly #ancestors = new Map<number, ReadonlySet<number>>();

  /**
   * @param hooks in the order of their registration
   * @throws LLMSPELL_E_HOOK_DEPENDENCY, LLMSPELL_E_HOOK_CYCLE
   */
  constructor(
    point: string,
    hooks: ReadonlyMap<string, RegisteredHook>,
    counters: PointCounters,
    environment: RunEnvironment,
  ) {
    const { strategy } = environment;
    const settings = [...hooks.values()].map((hook) => hook.settings);
    this.environment = environment;
    this.counters = counters;
    this.plan = planHooks(point, settings);
    this.hooks = this.plan.hooks.flatMap(({ id }) => hooks.get(id) ?? []);
    this.strategy = strategy.name;
    this.drive = strategy.compile(this.plan, {
      clock: environment.background.clock,
      profileOf: ({ id }) => hooks.get(id)?.profile ?? { duration: 0, successRate: 1 },
    });
    const special = this.hooks.findIndex((hook) => !hook.isPlain);
    const chained = special < 0 ? this.hooks.length : special;
    this.#chained = strategy.callsInPlanOrder ? chained : 0;
    this.#endOfChain = { done: this.#chained, held: undefined, skipped: undefined };
    this.walkable = strategy.awaitsEach ? lengthUntil(this.plan.hooks, this.#chained, isOneOfSeveral) : 0;
    this.slots = new SlotPool(this.hooks.length);
    this.#allContinued = Object.freeze(this.hooks.map((hook) => hook.entries.continued));
  }

  /** As `HookManager.run`. */
  execute(request: RunRequest): HookRun | Promise<HookRun> {
    const { background, isFreezing, instruments, strategy, deadline } = this.environment;
    const { clock } = background;
    const data = isFreezing ? freezeDeeply(request.data) : request.data;
    if (isFreezing && request.input !== undefined) freezeDeeply(request.input);
    const context = new RunContext(this.plan.point, clock, request, data);
    const isMeasured = this.counters.isToBeMeasured() || strategy.needsTime || instruments.isUsed;
    const startedAt = isMeasured || deadline !== undefined ? clock.now() : undefined;
    const { signal } = request;
    if (this.#chained === 0 || instruments.isUsed || signal?.aborted) {
      return this.takeOver({ request, context, startedAt, isMeasured }, undefined);
    }
    const stop = isMeasured ? this.#callMeasured(context, signal, startedAt ?? 0) : this.#callChain(context, signal);
    if (stop === undefined && this.#chained === this.hooks.length) {
      return this.quietRun(data, isMeasured ? startedAt : undefined);
    }
    const start = { request, context, startedAt, isMeasured };
    const promise = stop === undefined ? undefined : promiseOf(stop);
    if (stop === undefined || promise === undefined || stop.done >= this.walkable || deadline !== undefined) {
      return this.takeOver(start, stop ?? this.#endOfChain);
    }
    return new ChainWalk(this, start, stop).start(promise);
  }

  /** Goes on with a run where more is needed than to call hooks; `stop` says where it has come to. */
  takeOver(start: RunStart, stop: ChainStop | undefined): HookRun | Promise<HookRun> {
    return new Execution(this, start, stop).start();
  }

  /**
   * A run in which all hooks continued.
   *
   * @param startedAt when it began, where it is measured
   */
  quietRun(data: HookData, startedAt: number | undefined): HookRun {
    this.#quietRuns++;
    if (startedAt !== undefined) this.measured(this.environment.background.clock.now() - startedAt);
    if (this.#isRetired) this.settleAccounts();
    return { status: "completed", data, report: this.#allContinued };
  }

  /** @param duration of a measured run; milliseconds */
  measured(duration: number): void {
    this.counters.measured(duration, duration > SLOW_HOOK * this.hooks.length);
  }

  /** Another plan takes its place; runs under way go on by this one. */
  retire(): void {
    this.#isRetired = true;
    this.settleAccounts();
  }

  #callChain(context: RunContext, signal: AbortSignal | undefined): ChainStop | undefined {
    this.#chain ??= chainHooks(this.hooks.slice(0, this.#chained));
    return this.#chain(context, signal);
  }

  #callMeasured(context: RunContext, signal: AbortSignal | undefined, startedAt: number): ChainStop | undefined {
    const hooks = this.#chained === this.hooks.length ? this.hooks : this.hooks.slice(0, this.#chained);
    return callMeasured(hooks, context, signal, this.environment.background.clock, startedAt);
  }

  /** Brings the counters up to date. */
  settleAccounts(): void {
    this.counters.completed += this.#quietRuns;
    for (const { counters } of this.hooks) counters.continued += this.#quietRuns;
    this.#quietRuns = 0;
  }

  /** The positions of all hooks that the one at `index` depends on, directly or not, in plan order. */
  ancestorsOf(index: number): ReadonlySet<number> {
    const known = this.#ancestors.get(index);
    if (known !== undefined) return known;
    const dependencies = this.plan.hooks[index]?.dependencies ?? [];
    const all = new Set(dependencies.flatMap((dependency) => [...this.ancestorsOf(dependency), dependency]));
    const ancestors = new Set([...all].sort((a, b) => a - b));
    this.#ancestors.set(index, ancestors);
    return ancestors;
  }
}

/** What a hook answered, where it was a promise. */
function promiseOf({ held }: ChainStop): Promise<unknown> | undefined {
  return held !== undefined && "answer" in held && isPromise(held.answer) ? held.answer : undefined;
}

/** How many of the first `limit` hooks stand before the first that is `different`. */
function lengthUntil(hooks: readonly PlannedHook[], limit: number, different: (hook: PlannedHook) => boolean): number {
  const found = hooks.findIndex(different);
  return found < 0 ? limit : Math.min(limit, found);
}

/** Whether others are called while it is awaited. */
function isOneOfSeveral({ mode }: PlannedHook): boolean {
  return mode === "parallel" || mode === "asynchronous";
}
