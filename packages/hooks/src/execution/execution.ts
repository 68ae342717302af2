import { messageOf } from "@llmspell/base";
import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { HookRun } from "../hook-run.ts";
import type { HookExecution } from "../hook-strategy.ts";
import { type ConflictPolicy, PatchMerge } from "../patches/patch-merge.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { PointCounters } from "../statistics/hook-statistics.ts";
import { AbortScope } from "./abort-scope.ts";
import { AwaitedCalls } from "./awaited-calls.ts";
import type { BackgroundCalls } from "./background-calls.ts";
import { isPromiseLike, readOutcome } from "./hook-answer.ts";
import { RunContext } from "./run-context.ts";
import { type Ending, RunLedger } from "./run-ledger.ts";

/** What the caller of a hook point gives. */
export interface RunRequest {
  /** What the bracketed work was asked to do, for the hooks to look at. */
  readonly input?: unknown;
  readonly data: HookData;
  /** Ends the run: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What the runs of a point have in common with those of other points. */
export interface ExecutionEnvironment {
  readonly background: BackgroundCalls;
  readonly onConflict: ConflictPolicy;
}

interface DeferredHook {
  readonly hook: PlannedHook;
  readonly pending: Promise<void> | undefined;
}

/** One run of a hook point: calls hooks for the strategy, keeps what they answer, and accounts for each exactly once. */
export class Execution implements HookExecution {
  data: HookData;
  readonly #point: CompiledPoint;
  readonly #request: RunRequest;
  readonly #environment: ExecutionEnvironment;
  readonly #counters: PointCounters;
  readonly #startedAt: number;
  /**
   * The clock as last read, while the run is synchronous: nothing but hooks and their conditions takes time then, so a
   * hook starts when the one before it ended. Reading the clock is a good part of what a hook costs.
   */
  #lastReading: number | undefined;
  readonly #scope: AbortScope;
  readonly #ledger: RunLedger;
  #onEnd: (() => void) | undefined;
  #context: RunContext | undefined;
  // What follows is made when it is first needed: most runs are synchronous and change nothing.
  #merge: PatchMerge | undefined;
  #calls: AwaitedCalls | undefined;
  #deferred: readonly DeferredHook[] = [];

  constructor(point: CompiledPoint, request: RunRequest, environment: ExecutionEnvironment, counters: PointCounters) {
    this.data = request.data;
    this.#point = point;
    this.#request = request;
    this.#environment = environment;
    this.#counters = counters;
    this.#startedAt = environment.background.clock.now();
    this.#lastReading = this.#startedAt;
    this.#scope = new AbortScope(() => request.signal);
    this.#ledger = new RunLedger(point);
  }

  get hasEnded(): boolean {
    return this.#ledger.hasEnded;
  }

  /**
   * Runs the point; returns a promise only if a hook did.
   *
   * @throws LLMSPELL_E_HOOK_FAILED, LLMSPELL_E_HOOK_CONFLICT, LLMSPELL_E_HOOK_UNACCOUNTED, the caller's abort reason
   */
  run(): HookRun | Promise<HookRun> {
    this.#counters.runs++;
    this.#counters.pending++;
    this.#endIfAborted();
    const pending = this.hasEnded ? undefined : this.#drive();
    this.#lastReading = undefined;
    return pending === undefined || this.hasEnded ? this.#ledger.conclude(this.data) : this.#concludeLater();
  }

  call(hook: PlannedHook, data: HookData = this.data): Promise<void> | undefined {
    this.#endIfAborted();
    const registered = this.#ledger.open(hook);
    if (registered === undefined) return undefined;
    if (!hook.required && this.#ledger.lacksDependency(hook)) {
      this.#ledger.skip(hook, registered, "dependency");
      return undefined;
    }
    const scope = hook.timeout === undefined ? this.#scope : new AbortScope(() => this.#scope.signal);
    const context = this.#contextOf(data, scope);
    let startedAt: number | undefined;
    let answer: unknown;
    try {
      const { condition } = registered;
      const mayRun = condition === undefined || condition(context);
      // The condition itself may have aborted the caller's signal, and the hook was skipped for that.
      if (this.hasEnded) return undefined;
      if (!mayRun) {
        this.#ledger.skip(hook, registered, "condition");
        return undefined;
      }
      if (hook.mode === "background") {
        this.#ledger.account(hook, registered.entries.started);
        const { plan } = this.#point;
        this.#environment.background.start(plan.point, hook, registered, this.#request.input, data);
        this.#refresh();
        return undefined;
      }
      startedAt = this.#lastReading ?? this.#now();
      answer = registered.handler(context);
    } catch (error) {
      if (this.hasEnded) registered.counters.late++;
      else this.#fail(hook, registered, error, startedAt ?? this.#now());
      return undefined;
    }
    if (this.hasEnded) {
      // The hook itself has aborted the caller's signal, and was skipped for that.
      this.#environment.background.leave(registered, answer);
      return undefined;
    }
    if (isPromiseLike(answer)) {
      this.#refresh();
      return this.#await(hook, registered, answer, startedAt, scope);
    }
    this.#settle(hook, registered, answer, startedAt);
    return undefined;
  }

  callStep(step: readonly PlannedHook[]): Promise<void> | undefined {
    if (this.#deferred.length === 0) return this.#callTogether(step);
    const needed = this.#deferred.filter(({ hook }) => step.some((next) => next.dependencies.includes(hook.index)));
    const joined = this.#join(needed);
    return joined === undefined ? this.#callTogether(step) : joined.then(() => this.#callTogether(step));
  }

  merge(hooks: readonly PlannedHook[]): void {
    if (this.#merge === undefined || this.hasEnded) return;
    this.data = this.#applyPatches(
      this.#merge,
      this.data,
      hooks.map((hook) => hook.index),
    );
  }

  dataAfterDependencies(hook: PlannedHook): HookData {
    if (this.#merge === undefined || hook.dependencies.length === 0) return this.#request.data;
    return this.#applyPatches(this.#merge, this.#request.data, this.#point.ancestorsOf(hook.index));
  }

  #applyPatches(merge: PatchMerge, data: HookData, hooks: readonly number[]): HookData {
    try {
      return merge.apply(data, hooks);
    } catch (error) {
      this.#end({ status: "failed", error });
      return data;
    }
  }

  #drive(): Promise<void> | undefined {
    const fail = (error: unknown) => this.#end({ status: "failed", error });
    try {
      const pending = this.#point.run(this) ?? this.#join(this.#deferred);
      if (pending !== undefined) {
        return pending.then(() => this.#join(this.#deferred)).then(() => this.#complete(), fail);
      }
      this.#complete();
    } catch (error) {
      fail(error);
    }
    return undefined;
  }

  #callTogether(step: readonly PlannedHook[]): Promise<void> | undefined {
    const { data } = this;
    const waiting: Promise<void>[] = [];
    for (const hook of step) {
      const pending = this.call(hook, data);
      if (hook.mode === "asynchronous") this.#deferred = [...this.#deferred, { hook, pending }];
      else if (pending !== undefined) waiting.push(pending);
    }
    const merge = () => {
      if (step[0]?.mode !== "asynchronous") this.merge(step);
    };
    if (waiting.length > 0) return Promise.all(waiting).then(merge);
    merge();
    return undefined;
  }

  /** Awaits deferred hooks and merges what they changed. */
  #join(deferred: readonly DeferredHook[]): Promise<void> | undefined {
    if (deferred.length === 0 || this.hasEnded) return undefined;
    this.#deferred = this.#deferred.filter((waiting) => !deferred.includes(waiting));
    const waiting = deferred.flatMap(({ pending }) => pending ?? []);
    const merge = () => this.merge(deferred.map(({ hook }) => hook));
    if (waiting.length > 0) return Promise.all(waiting).then(merge);
    merge();
    return undefined;
  }

  /** One context serves all hooks that see the same data and have no timeout of their own. */
  #contextOf(data: HookData, scope: AbortScope): RunContext {
    if (scope === this.#scope && this.#context?.data === data) return this.#context;
    const { clock } = this.#environment.background;
    const context = new RunContext(this.#point.plan.point, this.#request.input, data, clock, scope);
    if (scope === this.#scope) this.#context = context;
    return context;
  }

  #await(
    hook: PlannedHook,
    registered: RegisteredHook,
    answer: PromiseLike<unknown>,
    startedAt: number,
    scope: AbortScope,
  ): Promise<void> {
    this.#calls ??= new AwaitedCalls(this.#environment.background);
    return this.#calls.add(hook, registered, answer, {
      answered: (value) => this.#settle(hook, registered, value, startedAt),
      failed: (error) => this.#fail(hook, registered, error, startedAt),
      timedOut: () => {
        const { id, timeout = 0 } = hook;
        const error = hookErrors.LLMSPELL_E_HOOK_TIMEOUT({ hook: id, point: this.#point.plan.point, timeout });
        scope.abort(error);
        this.#fail(hook, registered, error, startedAt);
      },
    });
  }

  #settle(hook: PlannedHook, registered: RegisteredHook, answer: unknown, startedAt: number): void {
    const { entries, counters } = registered;
    const { point } = this.#point.plan;
    if (answer === undefined) {
      counters.continued++;
      counters.duration.record(this.#elapsed(startedAt));
      this.#ledger.account(hook, entries.continued);
      return;
    }
    const outcome = readOutcome(answer, hook.id, point);
    if (outcome instanceof Error) {
      this.#fail(hook, registered, outcome, startedAt);
      return;
    }
    counters.duration.record(this.#elapsed(startedAt));
    if (outcome.kind === "modify") {
      counters.modified++;
      this.#ledger.account(hook, entries.modified);
      this.#merge ??= new PatchMerge(this.#point, this.#environment.onConflict);
      this.#merge.add(hook.index, outcome.patch);
    } else if (outcome.kind === "replace") {
      counters.replaced++;
      this.#ledger.account(hook, entries.replaced);
      this.#end({ status: "replaced", result: outcome.result, hook: hook.id });
    } else {
      counters.cancelled++;
      this.#ledger.account(hook, entries.cancelled);
      this.#end({ status: "cancelled", reason: outcome.reason, hook: hook.id });
    }
  }

  #fail(hook: PlannedHook, registered: RegisteredHook, cause: unknown, startedAt: number): void {
    const { point } = this.#point.plan;
    const { log } = this.#environment.background;
    registered.counters.failed++;
    registered.counters.duration.record(this.#elapsed(startedAt));
    this.#ledger.account(hook, { hook: hook.id, outcome: "failed", error: cause });
    const error = hookErrors.LLMSPELL_E_HOOK_FAILED({ hook: hook.id, point, problem: messageOf(cause) }, { cause });
    if (hook.onError === "fail") this.#end({ status: "failed", error });
    else log?.warn(`${error.message} The run goes on without it.`);
  }

  #complete(): void {
    if (this.#ledger.isComplete) {
      this.#end({ status: "completed" });
      return;
    }
    const { plan, strategy } = this.#point;
    const hooks = this.#ledger.missing().map((hook) => hook.id);
    this.#end({
      status: "failed",
      error: hookErrors.LLMSPELL_E_HOOK_UNACCOUNTED({ strategy, point: plan.point, hooks }),
    });
  }

  #endIfAborted(): void {
    const { signal } = this.#request;
    if (signal?.aborted) this.#end({ status: "aborted", error: signal.reason });
  }

  /** The first ending counts. What is still awaited is told to stop, and left to the owner of background calls. */
  #end(ending: Ending): void {
    if (this.hasEnded) return;
    this.#counters.pending--;
    this.#counters[ending.status]++;
    this.#counters.conflicts += this.#merge?.conflicts ?? 0;
    this.#counters.duration.record((this.#lastReading ?? this.#now()) - this.#startedAt);
    this.#ledger.end(ending);
    this.#calls?.abandon();
    if (ending.status !== "completed") this.#scope.abort();
    this.#onEnd?.();
  }

  #concludeLater(): Promise<HookRun> {
    const { signal } = this.#request;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#endIfAborted();
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#onEnd = () => {
        signal?.removeEventListener("abort", onAbort);
        try {
          resolve(this.#ledger.conclude(this.data));
        } catch (error) {
          reject(error);
        }
      };
      // A hook may have aborted it before anybody listened.
      this.#endIfAborted();
    });
  }

  /** Reads the clock for what comes next in a synchronous run. */
  #refresh(): void {
    if (this.#lastReading !== undefined) this.#lastReading = this.#now();
  }

  /** Milliseconds since `startedAt`; where it ends, the next thing begins. */
  #elapsed(startedAt: number): number {
    this.#refresh();
    return (this.#lastReading ?? this.#now()) - startedAt;
  }

  #now(): number {
    return this.#environment.background.clock.now();
  }
}
