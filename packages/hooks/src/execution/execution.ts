import { messageOf, parseDuration, type Timer } from "@llmspell/base";
import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { HookOutcome, RetryOutcome } from "../hook-outcome.ts";
import type { HookRun, SkipReason } from "../hook-run.ts";
import type { HookExecution } from "../hook-strategy.ts";
import type { ObservedCall, ObservedRun } from "../instruments.ts";
import { RunData } from "../patches/run-data.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { ChainStop } from "../plan/hook-chain.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { BackgroundCalls } from "./background-calls.ts";
import { isPromiseLike, readOutcome } from "./hook-answer.ts";
import { type CallOwner, type CallRequest, ManagedCall } from "./managed-call.ts";
import { RunContext, scopeOf } from "./run-context.ts";
import { concludeRun, type RunEnding } from "./run-ending.ts";
import { RunLedger } from "./run-ledger.ts";
import type { RunRequest } from "./run-request.ts";
import type { RunScope } from "./run-scope.ts";
import { StepCalls } from "./step-calls.ts";

/** What a run begins with. */
export interface RunStart {
  readonly request: RunRequest;
  readonly context: RunContext;
  /** Where the point's chain came to; `undefined` when it was not tried. */
  readonly stop: ChainStop | undefined;
  /** When it began, where somebody wants to know. */
  readonly startedAt: number | undefined;
  /** Whether every hook of this run is measured; not without `startedAt`. */
  readonly isMeasured: boolean;
}

type WhenDone = (hook: PlannedHook) => void;

/** Stands for the answer of a hook whose condition did not hold. */
const NOT_CALLED = Symbol("not called");

/**
 * One run of a hook point in which a hook has something to say, or which is measured: calls hooks for the strategy, keeps
 * what they answer, and accounts for each exactly once.
 */
export class Execution implements HookExecution, CallOwner {
  readonly background: BackgroundCalls;
  readonly #point: CompiledPoint;
  readonly #request: RunRequest;
  readonly #ledger: RunLedger;
  readonly #data: RunData;
  readonly #isMeasured: boolean;
  readonly #startedAt: number | undefined;
  /**
   * The clock as last read, while the run is synchronous: nothing but hooks and their conditions takes time then, so a
   * hook starts when the one before it ended. Reading the clock is a good part of what a hook costs.
   */
  #lastReading: number | undefined;
  #context: RunContext;
  #held: ChainStop | undefined;
  #ending: RunEnding | undefined;
  #inFlight = 0;
  // What follows is made when it is first needed.
  #steps: StepCalls | undefined;
  #timers: Set<Timer> | undefined;
  #observed: ObservedRun | undefined;
  #onEnd: (() => void) | undefined;

  constructor(point: CompiledPoint, { request, context, stop, startedAt, isMeasured }: RunStart) {
    this.background = point.environment.background;
    this.#point = point;
    this.#request = request;
    this.#context = context;
    this.#held = stop;
    this.#startedAt = startedAt;
    this.#lastReading = isMeasured ? startedAt : undefined;
    this.#isMeasured = isMeasured;
    this.#ledger = new RunLedger(point.hooks);
    this.#data = new RunData(point, context.data);
  }

  get point(): string {
    return this.#point.plan.point;
  }

  get data(): HookData {
    return this.#data.current;
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  get scope(): RunScope {
    return scopeOf(this.#context);
  }

  /**
   * Runs the point; returns a promise only if a hook did.
   *
   * @throws LLMSPELL_E_HOOK_FAILED, LLMSPELL_E_HOOK_CONFLICT, LLMSPELL_E_HOOK_DEADLINE, LLMSPELL_E_HOOK_UNACCOUNTED, the
   * caller's abort reason
   */
  run(): HookRun | Promise<HookRun> {
    this.#point.counters.pending++;
    if (this.#held !== undefined) this.#takeOver(this.#held);
    const { instruments } = this.#point.environment;
    if (instruments.isUsed) {
      this.#observed = { point: this.point, request: this.#request };
      instruments.beforeRun.call(this.#observed);
    }
    if (this.#endIfAborted()) this.#dropHeld();
    else this.#drive();
    this.#lastReading = undefined;
    return this.#ending === undefined ? this.#concludeLater() : this.#conclude(this.#ending);
  }

  elapsed(): number {
    return this.#startedAt === undefined ? 0 : this.#now() - this.#startedAt;
  }

  call(hook: PlannedHook, whenDone: WhenDone, data?: HookData, limit?: number): boolean {
    return this.#call(hook, whenDone, data ?? this.#data.current, limit, false);
  }

  callStep(step: readonly PlannedHook[], whenDone: () => void, limit?: number): boolean {
    const [hook] = step;
    // By far the most steps are one hook, which is called, and merged, without further ado.
    if (this.#steps === undefined && step.length === 1 && hook !== undefined && hook.mode !== "asynchronous") {
      return this.#call(hook, whenDone, this.#data.current, limit, true);
    }
    this.#steps ??= new StepCalls(this);
    return this.#steps.call(step, whenDone, limit);
  }

  skip(hook: PlannedHook): void {
    const registered = this.#point.hooks[hook.index];
    // A required hook stays unaccounted for, which is the strategy's fault and fails the run.
    if (registered === undefined || hook.required || this.hasEnded || this.#ledger.isOpen(hook.index)) return;
    this.#ledger.skip(hook.index, registered, "budget");
  }

  merge(hooks: readonly PlannedHook[]): void {
    if (this.#data.hasKept && !this.hasEnded) this.#endIfItThrows(() => this.#data.merge(hooks));
  }

  dataAfterDependencies(hook: PlannedHook): HookData {
    if (!this.#data.hasKept) return this.#data.initial;
    try {
      return this.#data.afterDependenciesOf(hook);
    } catch (error) {
      this.#end({ status: "failed", error });
      return this.#data.initial;
    }
  }

  contextFor(data: HookData, scope?: RunScope): RunContext {
    if (scope === undefined && this.#context.data === data) return this.#context;
    const context = new RunContext(this.point, this.background.clock, this.#request, data, scope ?? this.scope);
    if (scope === undefined) this.#context = context;
    return context;
  }

  settle(hook: PlannedHook, registered: RegisteredHook, answer: unknown, mergesAtOnce: boolean): boolean {
    if (answer === undefined) {
      this.#ledger.continued(hook.index, registered);
      return true;
    }
    try {
      this.#take(hook, registered, readOutcome(answer, hook.id, this.point), mergesAtOnce);
      return true;
    } catch (error) {
      this.fail(hook, registered, error);
      return false;
    }
  }

  fail(hook: PlannedHook, registered: RegisteredHook, cause: unknown): void {
    const { point } = this;
    registered.counters.failed++;
    this.#ledger.account(hook.index, { hook: hook.id, outcome: "failed", error: cause });
    const error = hookErrors.LLMSPELL_E_HOOK_FAILED({ hook: hook.id, point, problem: messageOf(cause) }, { cause });
    if (hook.onError === "fail") this.#end({ status: "failed", error });
    else this.background.log?.warn(`${error.message} The run goes on without it.`);
  }

  leaveOut(hook: PlannedHook, registered: RegisteredHook, reason: SkipReason): void {
    if (!this.hasEnded) this.#ledger.skip(hook.index, registered, reason);
  }

  start(hook: PlannedHook, registered: RegisteredHook): void {
    this.#ledger.account(hook.index, registered.entries.started);
  }

  await(hook: PlannedHook, registered: RegisteredHook): void {
    this.#ledger.await(hook.index);
    registered.counters.pending++;
    this.#inFlight++;
  }

  resume({ hook, registered, whenDone }: CallRequest, tell: () => void): void {
    registered.counters.pending--;
    this.#inFlight--;
    tell();
    this.#goOn(whenDone, hook);
  }

  timeBefore(): number {
    return this.#lastReading ?? this.#now();
  }

  timeAfter(): number {
    const now = this.#now();
    if (this.#lastReading !== undefined) this.#lastReading = now;
    return now;
  }

  holdTimer(timer: Timer): void {
    this.#timers ??= new Set();
    this.#timers.add(timer);
  }

  dropTimer(timer: Timer): void {
    this.#timers?.delete(timer);
  }

  observeBegin(hook: PlannedHook, context: RunContext): ObservedCall | undefined {
    if (this.#observed === undefined) return undefined;
    const call = { run: this.#observed, hook: hook.id, context };
    this.#point.environment.instruments.beforeHook.call(call);
    return call;
  }

  observeEnd(call: ObservedCall | undefined, hook: PlannedHook, duration: number): void {
    const entry = call === undefined ? undefined : this.#ledger.entryOf(hook.index);
    if (call !== undefined && entry !== undefined) {
      this.#point.environment.instruments.afterHook.call(call, entry, duration);
    }
  }

  /** Accounts for the hooks that the chain has called. */
  #takeOver({ done, skipped = [] }: ChainStop): void {
    const { hooks } = this.#point;
    for (const [index, registered] of hooks.slice(0, done).entries()) {
      if (skipped.includes(index)) this.#ledger.skip(index, registered, "condition");
      else this.#ledger.continued(index, registered);
    }
  }

  /** The hook that the chain came to has aborted the caller's signal: what it answered no longer counts. */
  #dropHeld(): void {
    const held = this.#held?.held;
    const registered = this.#point.hooks[this.#held?.done ?? -1];
    if (held === undefined || registered === undefined) return;
    this.background.leave(registered, this.scope, "answer" in held ? held.answer : undefined);
  }

  #drive(): void {
    this.#endIfItThrows(() => this.#point.drive(this));
    this.#endIfDone();
  }

  /** Lets the strategy go on after a hook, and sees whether the run is over then. */
  #goOn(whenDone: WhenDone, hook: PlannedHook): void {
    if (this.#ending !== undefined) return;
    try {
      whenDone(hook);
    } catch (error) {
      this.#end({ status: "failed", error });
    }
    if (this.#inFlight === 0) this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.hasEnded || this.#inFlight > 0) return;
    this.#steps?.finish();
    if (this.#ledger.isComplete) this.#end({ status: "completed" });
    else this.#end({ status: "failed", error: this.#unaccounted() });
  }

  #call(
    hook: PlannedHook,
    whenDone: WhenDone,
    data: HookData,
    limit: number | undefined,
    mergesAtOnce: boolean,
  ): boolean {
    const registered = this.#point.hooks[hook.index];
    if (registered === undefined || this.#ledger.isOpen(hook.index) || this.#endIfAborted()) return true;
    if (!hook.required && this.#ledger.lacksDependency(hook)) {
      this.#ledger.skip(hook.index, registered, "dependency");
      return true;
    }
    this.#ledger.open(hook.index);
    const bound = hook.required ? undefined : limit;
    if (registered.isPlain && !this.#isMeasured && bound === undefined) {
      return this.#callPlainly(hook, registered, whenDone, data, mergesAtOnce);
    }
    return new ManagedCall(this, { hook, registered, whenDone, data, limit: bound, mergesAtOnce }).begin();
  }

  /** The quick way, for a hook that needs nothing but a call. */
  #callPlainly(
    hook: PlannedHook,
    registered: RegisteredHook,
    whenDone: WhenDone,
    data: HookData,
    mergesAtOnce: boolean,
  ): boolean {
    let answer: unknown;
    let isPromise: boolean;
    try {
      answer = this.#answerOf(hook, registered, data);
      isPromise = answer instanceof Promise || isPromiseLike(answer);
    } catch (error) {
      if (this.hasEnded) registered.counters.late++;
      else this.fail(hook, registered, error);
      return true;
    }
    if (this.#ending !== undefined) {
      // The hook, or its condition, has aborted the caller's signal, and was skipped for that.
      if (answer !== NOT_CALLED) this.background.leave(registered, this.scope, answer);
    } else if (isPromise) {
      this.#await(hook, registered, whenDone, mergesAtOnce, answer);
      return false;
    } else if (answer === NOT_CALLED) this.#ledger.skip(hook.index, registered, "condition");
    else this.settle(hook, registered, answer, mergesAtOnce);
    return true;
  }

  #answerOf(hook: PlannedHook, registered: RegisteredHook, data: HookData): unknown {
    const held = this.#holdsAnswerOf(hook) ? this.#held?.held : undefined;
    if (held !== undefined) {
      this.#held = undefined;
      if ("error" in held) throw held.error;
      return held.answer;
    }
    const context = this.contextFor(data);
    const { condition } = registered;
    if (condition !== undefined && (!condition(context) || this.hasEnded)) return NOT_CALLED;
    return registered.handler(context);
  }

  /** Whether the chain has called the hook already. */
  #holdsAnswerOf(hook: PlannedHook): boolean {
    return this.#held !== undefined && this.#held.held !== undefined && this.#held.done === hook.index;
  }

  #await(
    hook: PlannedHook,
    registered: RegisteredHook,
    whenDone: WhenDone,
    mergesAtOnce: boolean,
    answer: unknown,
  ): void {
    const promise = answer instanceof Promise ? answer : Promise.resolve(answer);
    this.await(hook, registered);
    promise.then(
      (value) => this.#answered(hook, whenDone, mergesAtOnce, value),
      (error: unknown) => this.#failed(hook, whenDone, error),
    );
  }

  #answered(hook: PlannedHook, whenDone: WhenDone, mergesAtOnce: boolean, value: unknown): void {
    const registered = this.#point.hooks[hook.index];
    if (registered === undefined) return;
    if (this.#ending !== undefined) {
      this.background.endLeaving(registered.counters, true);
      return;
    }
    registered.counters.pending--;
    this.#inFlight--;
    this.settle(hook, registered, value, mergesAtOnce);
    this.#goOn(whenDone, hook);
  }

  #failed(hook: PlannedHook, whenDone: WhenDone, error: unknown): void {
    const registered = this.#point.hooks[hook.index];
    if (registered === undefined) return;
    if (this.#ending !== undefined) {
      this.background.endLeaving(registered.counters, !this.scope.isObeyedBy(error));
      return;
    }
    registered.counters.pending--;
    this.#inFlight--;
    this.fail(hook, registered, error);
    this.#goOn(whenDone, hook);
  }

  #take(hook: PlannedHook, registered: RegisteredHook, outcome: HookOutcome, mergesAtOnce: boolean): void {
    const { counters, entries } = registered;
    const { index, id } = hook;
    switch (outcome.kind) {
      case "modify":
        if (mergesAtOnce) this.#data.change(outcome.patch);
        else this.#data.keep(hook, outcome.patch);
        counters.modified++;
        this.#ledger.account(index, entries.modified);
        return;
      case "replace":
        counters.replaced++;
        this.#ledger.account(index, entries.replaced);
        this.#end({ status: "replaced", result: outcome.result, hook: id });
        return;
      case "cancel":
        counters.cancelled++;
        this.#ledger.account(index, entries.cancelled);
        this.#end({ status: "cancelled", reason: outcome.reason, hook: id });
        return;
      case "retry": {
        const delay = this.#delayOf(hook, registered, outcome);
        counters.retried++;
        this.#ledger.account(index, entries.retried);
        this.#end({ status: "retried", reason: outcome.reason, delay, hook: id });
      }
    }
  }

  /** @throws LLMSPELL_E_HOOK_RETRIES, LLMSPELL_E_DURATION */
  #delayOf({ id }: PlannedHook, { retry }: RegisteredHook, { delay, reason }: RetryOutcome): number {
    const { attempt = 1 } = this.#request;
    if (attempt >= retry.attempts) {
      throw hookErrors.LLMSPELL_E_HOOK_RETRIES({ hook: id, point: this.point, attempts: retry.attempts, reason });
    }
    return delay === undefined ? retry.delayAfter(attempt) : parseDuration(delay);
  }

  #endIfItThrows(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#end({ status: "failed", error });
    }
  }

  #endIfAborted(): boolean {
    const { signal } = this.#request;
    if (signal?.aborted) this.#end({ status: "aborted", error: signal.reason });
    return this.hasEnded;
  }

  /** The first ending counts. What is still awaited is told to stop, and left to the owner of background calls. */
  #end(ending: RunEnding, reason: SkipReason = ending.status === "aborted" ? "aborted" : "run_ended"): void {
    if (this.hasEnded) return;
    const { counters, environment } = this.#point;
    this.#ending = ending;
    this.#leaveRest(reason);
    counters.pending--;
    counters[ending.status]++;
    counters.conflicts += this.#data.conflicts;
    if (ending.status !== "completed" || this.#inFlight > 0) this.scope.abort();
    for (const timer of this.#timers ?? []) timer.cancel();
    if (this.#isMeasured) {
      const duration = this.timeBefore() - (this.#startedAt ?? 0);
      this.#point.measured(duration);
      if (this.#observed !== undefined) {
        const { status } = ending;
        environment.instruments.afterRun.call(this.#observed, { status, duration, report: this.#ledger.report() });
      }
    }
    this.#onEnd?.();
  }

  #leaveRest(reason: SkipReason): void {
    for (const index of this.#ledger.missing()) {
      const registered = this.#point.hooks[index];
      if (registered === undefined) continue;
      if (this.#ledger.isAwaited(index)) {
        registered.counters.pending--;
        this.background.beginLeaving(registered.counters);
      }
      this.#ledger.skip(index, registered, reason);
    }
  }

  /** The point's deadline has come: guards that have not answered fail the run, other hooks are left out. */
  #overdue(deadline: number): void {
    const { point } = this;
    const { counters, plan } = this.#point;
    counters.overdue++;
    const missing = this.#ledger.missing().flatMap((index) => plan.hooks[index] ?? []);
    const isGuard = ({ mode, required, onError }: PlannedHook) =>
      mode !== "background" && (required || onError === "fail");
    const guards = missing.filter(isGuard).map(({ id }) => id);
    if (guards.length > 0) {
      const error = hookErrors.LLMSPELL_E_HOOK_DEADLINE({ point, deadline, hooks: guards });
      this.#end({ status: "failed", error }, "deadline");
      return;
    }
    this.merge(plan.hooks);
    this.#end({ status: "completed" }, "deadline");
  }

  #conclude(ending: RunEnding): HookRun {
    return concludeRun(ending, this.#data.current, this.#ledger.report());
  }

  #concludeLater(): Promise<HookRun> {
    const { signal } = this.#request;
    this.#armDeadline();
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#endIfAborted();
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#onEnd = () => {
        signal?.removeEventListener("abort", onAbort);
        try {
          if (this.#ending !== undefined) resolve(this.#conclude(this.#ending));
        } catch (error) {
          reject(error);
        }
      };
      // A hook may have aborted it before anybody listened.
      this.#endIfAborted();
    });
  }

  #armDeadline(): void {
    const { deadline } = this.#point.environment;
    if (deadline === undefined) return;
    const left = Math.max(0, deadline - this.elapsed());
    this.holdTimer(this.background.clock.setTimeout(() => this.#overdue(deadline), left));
  }

  #unaccounted(): Error {
    const { plan, strategy } = this.#point;
    const hooks = this.#ledger.missing().flatMap((index) => plan.hooks[index]?.id ?? []);
    return hookErrors.LLMSPELL_E_HOOK_UNACCOUNTED({ strategy, point: plan.point, hooks });
  }

  #now(): number {
    return this.background.clock.now();
  }
}
