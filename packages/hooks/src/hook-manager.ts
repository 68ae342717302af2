import type { Log } from "@llmspell/base";
import { type Clock, systemClock } from "@llmspell/base";
import { hookErrors } from "./errors.ts";
import { BackgroundCalls } from "./execution/background-calls.ts";
import { Execution, type ExecutionEnvironment, type RunRequest } from "./execution/execution.ts";
import { type HooksOptions, hooksOptionsDefaults } from "./generated/options.ts";
import type { HookDefinition } from "./hook.ts";
import type { HookRun } from "./hook-run.ts";
import type { HookStrategy } from "./hook-strategy.ts";
import { CompiledPoint } from "./plan/compiled-point.ts";
import type { ExecutionPlan } from "./plan/execution-plan.ts";
import { prepareHook, type RegisteredHook } from "./registered-hook.ts";
import { sequentialStrategy } from "./sequential-strategy.ts";
import { PointCounters, type PointStatistics } from "./statistics/hook-statistics.ts";

/** What the section `hooks` says, but for what is built from it: the strategy and the hooks. */
export type HookManagerOptions = Pick<HooksOptions, "onConflict">;

/** What a manager needs from outside. */
export interface HookManagerDependencies {
  /** `systemClock` unless given. */
  readonly clock?: Clock | undefined;
  /** Told of failures that end no run; nobody unless given. */
  readonly log?: Log | undefined;
  /** `sequentialStrategy` unless given. */
  readonly strategy?: HookStrategy | undefined;
}

/** How long `dispose` waits for hooks that do not obey their signal; milliseconds. */
const DISPOSAL_GRACE = 1000;

/** A hook point that has, or had, hooks. */
interface Point {
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
  readonly #points = new Map<string, Point>();
  readonly #strategy: HookStrategy;
  readonly #clock: Clock;
  readonly #background: BackgroundCalls;
  readonly #environment: ExecutionEnvironment;
  #isDisposed = false;

  constructor(options: HookManagerOptions = {}, dependencies: HookManagerDependencies = {}) {
    this.#strategy = dependencies.strategy ?? sequentialStrategy;
    this.#clock = dependencies.clock ?? systemClock;
    this.#background = new BackgroundCalls(this.#clock, dependencies.log);
    const onConflict = options.onConflict ?? hooksOptionsDefaults.onConflict;
    this.#environment = { background: this.#background, onConflict };
  }

  /**
   * Adds a hook to a point; disposing what is returned takes it away again. Runs under way are not affected, the next
   * one is planned anew.
   *
   * @throws LLMSPELL_E_HOOK_DUPLICATE, LLMSPELL_E_HOOK_DEFINITION, LLMSPELL_E_DURATION
   */
  register(point: string, hook: HookDefinition): Disposable {
    const registered = prepareHook(point, hook);
    const known = this.#points.get(point) ?? this.#addPoint(point);
    if (known.hooks.has(hook.id)) throw hookErrors.LLMSPELL_E_HOOK_DUPLICATE({ hook: hook.id, point });
    known.hooks.set(hook.id, registered);
    known.compiled = undefined;
    return {
      [Symbol.dispose]: () => {
        if (known.hooks.get(hook.id) !== registered) return;
        known.hooks.delete(hook.id);
        known.compiled = undefined;
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
    if (known === undefined) {
      request.signal?.throwIfAborted();
      return { status: "completed", data: request.data, report: [] };
    }
    const compiled = this.#compile(point, known);
    return new Execution(compiled, request, this.#environment, known.counters).run();
  }

  /**
   * How the hooks of a point are run; `undefined` for a point that never had any.
   *
   * @throws LLMSPELL_E_HOOK_DEPENDENCY, LLMSPELL_E_HOOK_CYCLE
   */
  plan(point: string): ExecutionPlan | undefined {
    const known = this.#points.get(point);
    return known === undefined ? undefined : this.#compile(point, known).plan;
  }

  /** The points that have, or had, hooks. */
  points(): readonly string[] {
    return [...this.#points.keys()];
  }

  /** The figures of every point, and of the hooks that it has now. */
  stats(): readonly PointStatistics[] {
    return [...this.#points].map(([point, { hooks, counters }]) => {
      const summaries = [...hooks].map(([id, hook]) => hook.counters.summary(id, hook.figures()));
      return counters.summary(point, summaries);
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

  #addPoint(point: string): Point {
    const added: Point = { hooks: new Map(), counters: new PointCounters(), compiled: undefined };
    this.#points.set(point, added);
    return added;
  }

  #compile(point: string, known: Point): CompiledPoint {
    known.compiled ??= new CompiledPoint(point, known.hooks, this.#strategy, { clock: this.#clock });
    return known.compiled;
  }
}
