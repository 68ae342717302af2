import type { BreakerPermit } from "@llmspell/resilience";
import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { HookRun, SkipReason } from "../hook-run.ts";
import type { ObservedCall } from "../instruments.ts";
import { RunData } from "../patches/run-data.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { BackgroundCalls } from "./background-calls.ts";
import { isPromiseLike } from "./hook-answer.ts";
import { RunContext, scopeOf } from "./run-context.ts";
import { concludeRun, type RunEnding } from "./run-ending.ts";
import { RunLedger } from "./run-ledger.ts";
import { RunObserver } from "./run-observer.ts";
import type { RunRequest } from "./run-request.ts";
import type { RunScope } from "./run-scope.ts";
import { RunTime } from "./run-time.ts";

/** What a run begins with. */
export interface RunStart {
  readonly request: RunRequest;
  readonly context: RunContext;
  /** When it began, where somebody wants to know. */
  readonly startedAt: number | undefined;
  /** Whether every hook of this run is measured; not without `startedAt`. */
  readonly isMeasured: boolean;
}

/** One run while it goes on: what its hooks have answered, how many it waits for, and how it ends. */
export class LiveRun {
  readonly point: CompiledPoint;
  readonly request: RunRequest;
  readonly ledger: RunLedger;
  readonly data: RunData;
  readonly background: BackgroundCalls;
  readonly isMeasured: boolean;
  readonly time: RunTime;
  /** The first that ended it. */
  ending: RunEnding | undefined;
  /** How many calls are awaited. */
  inFlight = 0;
  #context: RunContext;
  /** Whether the hook that aborted the caller's signal had answered with a promise; then the run does, too. */
  #isPromised = false;
  // What follows is made when it is first needed.
  /** By position in the plan. */
  #permits: Map<number, BreakerPermit> | undefined;
  #observer: RunObserver | undefined;
  #onEnd: (() => void) | undefined;

  /** @param isNew whether no hook of it has been called */
  constructor(point: CompiledPoint, { request, context, startedAt, isMeasured }: RunStart, isNew: boolean) {
    this.point = point;
    this.request = request;
    this.background = point.environment.background;
    this.isMeasured = isMeasured;
    this.time = new RunTime(this.background.clock, startedAt, isMeasured && isNew);
    this.ledger = new RunLedger(point.hooks);
    this.data = new RunData(point, context.data);
    this.#context = context;
    point.counters.pending++;
  }

  get pointName(): string {
    return this.point.plan.point;
  }

  get scope(): RunScope {
    return scopeOf(this.#context);
  }

  /**
   * What a hook sees; one context serves all that see the same data.
   *
   * @param scope of the call, where it can be given up alone
   */
  contextFor(data: HookData, scope?: RunScope): RunContext {
    if (scope === undefined && this.#context.data === data) return this.#context;
    const context = new RunContext(this.pointName, this.background.clock, this.request, data, scope ?? this.scope);
    if (scope === undefined) this.#context = context;
    return context;
  }

  /**
   * The run waits for one call more.
   *
   * @param permit of the hook's breaker, given back where the run ends before the call: a hook that hangs has told nothing
   */
  beginWaiting(index: number, { counters }: RegisteredHook, permit?: BreakerPermit): void {
    this.ledger.await(index);
    counters.pending++;
    this.inFlight++;
    if (permit === undefined) return;
    this.#permits ??= new Map();
    this.#permits.set(index, permit);
  }

  endWaiting({ counters }: RegisteredHook): void {
    counters.pending--;
    this.inFlight--;
  }

  skip(hook: PlannedHook, registered: RegisteredHook, reason: SkipReason): void {
    if (this.ending !== undefined) return;
    this.ledger.skip(hook.index, registered, reason);
    if (reason === "budget" && hook.onError === "fail") this.#warnOfGuard(hook, registered);
  }

  /** Told once of each hook: a guard that a budget leaves out is passed. */
  #warnOfGuard({ id }: PlannedHook, { counters }: RegisteredHook): void {
    if (counters.skipped.budget > 1) return;
    this.background.log?.warn(
      `The hook "${id}" at ${this.pointName} was left out, as the budget had no room for it, though its failure would end the run. ` +
        "Say `required: true` where it must run, `onError: skip` where it may be left out.",
    );
  }

  /** Does what may end the run by throwing. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.end({ status: "failed", error });
    }
  }

  /**
   * Looks at the caller's signal, to which nothing listens while a run is synchronous: after each hook and condition, as
   * any of them may have aborted it. Returns whether the run has ended.
   */
  endIfAborted(): boolean {
    const { signal } = this.request;
    if (signal?.aborted) this.end({ status: "aborted", error: signal.reason });
    return this.ending !== undefined;
  }

  /** Leaves the call of a hook that has itself aborted the caller's signal: what it answered no longer counts. */
  leave(registered: RegisteredHook, scope: RunScope, answer: unknown): void {
    this.#isPromised ||= isPromiseLike(answer);
    this.background.leave(registered, scope, answer);
  }

  /** The first ending counts. What is still awaited is told to stop, and left to the owner of background calls. */
  end(ending: RunEnding, reason: SkipReason = ending.status === "aborted" ? "aborted" : "run_ended"): void {
    if (this.ending !== undefined) return;
    // The answer that ends the run is told before the end.
    const observer = this.#observer;
    const fault = observer === undefined ? undefined : this.#faultOf(() => observer.endCall());
    if (this.ending === undefined) this.#end(fault ?? ending, reason);
  }

  /**
   * The result, or a promise of it while hooks are awaited.
   *
   * @throws the error that ended the run
   */
  outcome(): HookRun | Promise<HookRun> {
    this.time.letPass();
    const { ending } = this;
    if (ending === undefined) return this.#outcomeLater();
    return this.#isPromised ? Promise.resolve().then(() => this.#conclude(ending)) : this.#conclude(ending);
  }

  observeStart(): void {
    const { instruments } = this.point.environment;
    if (!instruments.isUsed) return;
    const observer = new RunObserver(instruments, { point: this.pointName, request: this.request }, this.ledger);
    this.#observer = observer;
    this.attempt(() => observer.beginRun());
  }

  /** The call, where somebody observes; it must not be made where that has ended the run. */
  observeCall(hook: PlannedHook, context: RunContext): ObservedCall | undefined {
    const observer = this.#observer;
    if (observer === undefined) return undefined;
    const call = observer.callFor(hook, context, this.time.before());
    this.attempt(() => observer.beginCall(call));
    this.endIfAborted();
    return call;
  }

  /**
   * Observers are to be told of an answer as soon as it has been taken: by `observeAnswer`, or when it ends the run.
   *
   * @param duration milliseconds
   */
  expectAnswer(call: ObservedCall, duration: number): void {
    this.#observer?.expectEnd(call, duration);
  }

  observeAnswer(): void {
    const observer = this.#observer;
    if (observer !== undefined) this.attempt(() => observer.endCall());
  }

  #end(ending: RunEnding, reason: SkipReason): void {
    const { counters } = this.point;
    this.ending = ending;
    this.#skipRest(reason);
    if (ending.status !== "completed" || this.inFlight > 0) this.scope.abort();
    this.time.cancelTimers();
    if (this.isMeasured) this.ending = this.#faultOf(() => this.#tellDuration(ending)) ?? ending;
    counters.pending--;
    counters[this.ending.status]++;
    counters.conflicts += this.data.conflicts;
    this.#onEnd?.();
  }

  /** What an observer threw, as the ending that it brings about. */
  #faultOf(tell: () => void): RunEnding | undefined {
    try {
      tell();
      return undefined;
    } catch (error) {
      return { status: "failed", error };
    }
  }

  #skipRest(reason: SkipReason): void {
    for (const index of this.ledger.missing()) {
      const registered = this.point.hooks[index];
      if (registered === undefined) continue;
      if (this.ledger.isAwaited(index)) {
        registered.counters.pending--;
        this.background.beginLeaving(registered.counters);
        const permit = this.#permits?.get(index);
        if (permit !== undefined) registered.breaker?.release(permit);
      }
      this.ledger.skip(index, registered, reason);
    }
  }

  #tellDuration({ status }: RunEnding): void {
    const now = this.time.before();
    const duration = this.time.durationUntil(now);
    this.point.measured(duration);
    this.#observer?.endRun(status, duration, now);
  }

  #conclude(ending: RunEnding): HookRun {
    return concludeRun(ending, this.data.current, this.ledger.report());
  }

  #outcomeLater(): Promise<HookRun> {
    const { signal } = this.request;
    const { deadline } = this.point.environment;
    if (deadline !== undefined) {
      this.time.setTimer(() => this.#overdue(deadline), Math.max(0, deadline - this.time.elapsed()));
    }
    return new Promise((resolve, reject) => {
      const onAbort = signal === undefined ? undefined : () => this.endIfAborted();
      if (onAbort !== undefined) signal?.addEventListener("abort", onAbort, { once: true });
      this.#onEnd = () => {
        if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
        try {
          if (this.ending !== undefined) resolve(this.#conclude(this.ending));
        } catch (error) {
          reject(error);
        }
      };
      // A hook may have aborted it before anybody listened.
      this.endIfAborted();
    });
  }

  /** The point's deadline has come: guards that have not answered fail the run, other hooks are left out. */
  #overdue(deadline: number): void {
    const { counters, plan } = this.point;
    counters.overdue++;
    const missing = this.ledger.missing().flatMap((index) => plan.hooks[index] ?? []);
    const guards = missing.filter(isGuard).map(({ id }) => id);
    if (guards.length > 0) {
      const error = hookErrors.LLMSPELL_E_HOOK_DEADLINE({ point: this.pointName, deadline, hooks: guards });
      this.end({ status: "failed", error }, "deadline");
      return;
    }
    try {
      this.data.merge(plan.hooks);
      this.end({ status: "completed" }, "deadline");
    } catch (error) {
      this.end({ status: "failed", error }, "deadline");
    }
  }
}

/** Whether the run must not go on without the hook. */
function isGuard({ mode, required, onError }: PlannedHook): boolean {
  return mode !== "background" && (required || onError === "fail");
}
