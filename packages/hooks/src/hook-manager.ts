import {
  type Clock,
  type Log,
  parseBytes,
  parseDuration,
  type Random,
  systemClock,
  systemRandom,
} from "@llmspell/base";
import { AnswerStore, type AnswerStoreFigures } from "./cache/answer-store.ts";
import type { SharedCache } from "./cache/hook-answers.ts";
import { SingleFlight, type SingleFlightFigures } from "./cache/single-flight.ts";
import { hookErrors } from "./errors.ts";
import { BackgroundCalls } from "./execution/background-calls.ts";
import type { RunRequest } from "./execution/run-request.ts";
import { type HookPointOptions, type HooksOptions, hooksOptionsDefaults } from "./generated/options.ts";
import type { HookDefinition } from "./hook.ts";
import type { HookRun } from "./hook-run.ts";
import type { HookStrategy } from "./hook-strategy.ts";
import { HookInstruments } from "./instruments.ts";
import { CompiledPoint, type RunEnvironment } from "./plan/compiled-point.ts";
import type { ExecutionPlan } from "./plan/execution-plan.ts";
import { describeHook, prepareHook, type RegisteredHook } from "./registered-hook.ts";
import { sequentialStrategy } from "./sequential-strategy.ts";
import { PointCounters, type PointStatistics } from "./statistics/hook-statistics.ts";

/** What the section `hooks` says, but for what is built from it: the strategies and the hooks. */
export interface HookManagerOptions
  extends Omit<HooksOptions, "strategy" | "points" | "pointOptions" | "invalidateOn"> {
  readonly pointOptions?: Readonly<Record<string, Omit<HookPointOptions, "strategy">>> | undefined;
}

/** What a manager needs from outside. */
export interface HookManagerDependencies {
  /** `systemClock` unless given. */
  readonly clock?: Clock | undefined;
  /** `systemRandom` unless given. */
  readonly random?: Random | undefined;
  /** Told of failures that end no run; nobody unless given. */
  readonly log?: Log | undefined;
  /** `sequentialStrategy` unless given. */
  readonly strategy?: HookStrategy | undefined;
  /** The strategies of single points, where they have one of their own. */
  readonly pointStrategies?: Readonly<Record<string, HookStrategy>> | undefined;
}

/** How long `dispose` waits for hooks that do not obey their signal; milliseconds. */
const DISPOSAL_GRACE = 1000;

/** A hook point that has, or had, hooks. */
interface Point {
  readonly name: string;
  readonly environment: RunEnvironment;
  readonly hooks: Map<string, RegisteredHook>;
  readonly counters: PointCounters;
  /** Undefined after a change of the hooks, until a run or a question needs it. */
  compiled: CompiledPoint | undefined;
}

/**
 * Keeps the hooks of every hook point and runs them.
 *
 * @example
 * const hooks = new HookManager();
 * hooks.register("before_llm_call", { id: "model", handler: () => modify({ model: "small" }) });
 * const run = await hooks.run("before_llm_call", { data: { model: "large" } });
 */
export class HookManager implements AsyncDisposable {
  /** Where observers tap in. */
  readonly instrument = new HookInstruments();
  readonly #options: HookManagerOptions;
  readonly #dependencies: HookManagerDependencies;
  readonly #points = new Map<string, Point>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #background: BackgroundCalls;
  readonly #cache: SharedCache;
  #isDisposed = false;

  constructor(options: HookManagerOptions = {}, dependencies: HookManagerDependencies = {}) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    this.#random = dependencies.random ?? systemRandom;
    this.#background = new BackgroundCalls(this.#clock, dependencies.log);
    const { maxEntries, maxBytes } = { ...hooksOptionsDefaults.cache, ...options.cache };
    this.#cache = {
      store: new AnswerStore({ maxEntries, maxBytes: parseBytes(maxBytes) }, { clock: this.#clock }),
      flights: new SingleFlight(),
      warn: (message) => dependencies.log?.warn(message),
    };
  }

  /**
   * Adds a hook to a point; disposing what is returned takes it away again. Runs under way are not affected, the next
   * one is planned anew.
   *
   * @throws LLMSPELL_E_HOOK_DUPLICATE, LLMSPELL_E_HOOK_DEFINITION, LLMSPELL_E_HOOK_CACHE_KEY, LLMSPELL_E_DURATION
   */
  register(point: string, hook: HookDefinition): Disposable {
    const registered = prepareHook(point, hook, { clock: this.#clock, random: this.#random, cache: this.#cache });
    const known = this.#points.get(point) ?? this.#addPoint(point);
    if (known.hooks.has(hook.id)) throw hookErrors.LLMSPELL_E_HOOK_DUPLICATE({ hook: hook.id, point });
    discardPlan(known);
    known.hooks.set(hook.id, registered);
    return {
      [Symbol.dispose]: () => {
        if (known.hooks.get(hook.id) !== registered) return;
        discardPlan(known);
        known.hooks.delete(hook.id);
      },
    };
  }

  /**
   * Runs the hooks of a point on `data`. A promise only if a hook answers with one; else the result, or the error,
   * comes at once.
   *
   * @throws LLMSPELL_E_HOOK_FAILED when a hook with `onError: fail` failed; LLMSPELL_E_HOOK_CONFLICT;
   * LLMSPELL_E_HOOK_DEPENDENCY or LLMSPELL_E_HOOK_CYCLE when the hooks cannot be planned; LLMSPELL_E_HOOK_DISPOSED; the
   * reason of `signal` when it aborts
   */
  run(point: string, request: RunRequest): HookRun | Promise<HookRun> {
    if (this.#isDisposed) throw hookErrors.LLMSPELL_E_HOOK_DISPOSED({ point });
    const known = this.#points.get(point);
    if (known !== undefined) return (known.compiled ?? compile(known)).execute(request);
    request.signal?.throwIfAborted();
    return { status: "completed", data: request.data, report: [] };
  }

  /**
   * How the hooks of a point are run; `undefined` for a point that never had any.
   *
   * @throws LLMSPELL_E_HOOK_DEPENDENCY, LLMSPELL_E_HOOK_CYCLE
   */
  plan(point: string): ExecutionPlan | undefined {
    const known = this.#points.get(point);
    return known === undefined ? undefined : (known.compiled ?? compile(known)).plan;
  }

  /**
   * Forgets the answers of hooks that were kept with an invalidation key, those that are being worked out included; every
   * hook with a cache has the key `<point>.<id>`, besides those that its cache gives it.
   *
   * @returns how many were kept
   */
  invalidate(key: string): number {
    return this.#cache.store.invalidate(key);
  }

  /** The figures of what is kept of hooks' answers. */
  cacheStats(): AnswerStoreFigures & SingleFlightFigures {
    return { ...this.#cache.store.figures(), ...this.#cache.flights.figures() };
  }

  /** The points that have, or had, hooks. */
  points(): readonly string[] {
    return [...this.#points.keys()];
  }

  /** The figures of every point, and of the hooks that it has now. */
  stats(): readonly PointStatistics[] {
    return [...this.#points.values()].map(({ name, environment, hooks, counters, compiled }) => {
      compiled?.settleAccounts();
      const figures = environment.strategy.figures?.(name) ?? {};
      return counters.summary(name, [...hooks.values()].map(describeHook), figures);
    });
  }

  /**
   * Resolves when every background hook that has been started has answered.
   *
   * @throws the signal's reason when it aborts first
   */
  drain(signal?: AbortSignal): Promise<void> {
    return this.#background.hooks.idle(signal);
  }

  /**
   * Runs no more hooks, aborts the signal of background hooks and waits for all that still goes on; what does not obey
   * within a second is reported to the log and left alone. Call `drain` first to let background hooks finish.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const { hooks, stragglers, log } = this.#background;
    this.#background.abort();
    const grace = new AbortController();
    const timer = this.#clock.setTimeout(() => grace.abort(), DISPOSAL_GRACE);
    const idle = [hooks.idle(grace.signal), stragglers.idle(grace.signal)];
    await Promise.allSettled(idle);
    timer.cancel();
    const left = hooks.count + stragglers.count;
    if (left > 0) log?.warn(`${left} hook calls do not obey their signal and were left behind.`, { left });
  }

  #addPoint(name: string): Point {
    const environment = this.#environmentOf(name);
    const added: Point = { name, environment, hooks: new Map(), counters: new PointCounters(), compiled: undefined };
    this.#points.set(name, added);
    return added;
  }

  #environmentOf(point: string): RunEnvironment {
    const { onConflict = hooksOptionsDefaults.onConflict, freeze = hooksOptionsDefaults.freeze } = this.#options;
    const own = this.#options.pointOptions?.[point];
    const { strategy = sequentialStrategy, pointStrategies } = this.#dependencies;
    return {
      background: this.#background,
      instruments: this.instrument,
      strategy: pointStrategies?.[point] ?? strategy,
      onConflict: own?.onConflict ?? onConflict,
      isFreezing: freeze,
      deadline: own?.deadline === undefined ? undefined : parseDuration(own.deadline),
    };
  }
}

function compile(point: Point): CompiledPoint {
  point.compiled = new CompiledPoint(point.name, point.hooks, point.counters, point.environment);
  return point.compiled;
}

/** The next run is planned anew. */
function discardPlan(point: Point): void {
  point.compiled?.retire();
  point.compiled = undefined;
}
