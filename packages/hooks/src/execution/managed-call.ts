import type { Timer } from "@llmspell/base";
import type { BreakerPermit } from "@llmspell/resilience";
import type { KeptAnswer } from "../cache/answer-store.ts";
import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { ObservedCall } from "../instruments.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import { CachedCall } from "./cached-call.ts";
import { isPromiseLike } from "./hook-answer.ts";
import type { LiveRun } from "./live-run.ts";
import type { RunContext } from "./run-context.ts";
import type { RunScope } from "./run-scope.ts";
import { settleAnswer, settleFailure } from "./settlement.ts";

/** What a call belongs to. */
export interface CallOwner {
  readonly run: LiveRun;
  /** Lets the strategy go on. */
  goOn(whenDone: (hook: PlannedHook) => void, hook: PlannedHook): void;
}

/** How a strategy wants a hook called. */
export interface CallRequest {
  readonly hook: PlannedHook;
  readonly registered: RegisteredHook;
  readonly whenDone: (hook: PlannedHook) => void;
  readonly data: HookData;
  /** Milliseconds, of the strategy's budget. */
  readonly limit: number | undefined;
  readonly mergesAtOnce: boolean;
}

/** One call of a hook that needs more than that: it is measured, limited, guarded by a breaker, or in the background. */
export class ManagedCall {
  readonly #owner: CallOwner;
  readonly #run: LiveRun;
  readonly #request: CallRequest;
  readonly #scope: RunScope;
  readonly #context: RunContext;
  #startedAt = 0;
  #permit: BreakerPermit | undefined;
  #observed: ObservedCall | undefined;
  #timer: Timer | undefined;
  /** Where the hook has a cache. */
  #cached: CachedCall | undefined;
  /** Set when the run no longer waits for it, though it goes on. */
  #isLeft = false;

  constructor(owner: CallOwner, request: CallRequest) {
    const { hook, data, limit } = request;
    const { run } = owner;
    const own = ManagedCall.#ownScope(run, hook, limit);
    this.#owner = owner;
    this.#run = run;
    this.#request = request;
    this.#scope = own ?? run.scope;
    this.#context = run.contextFor(data, own);
  }

  /** A scope for what can be given up alone. */
  static #ownScope(run: LiveRun, hook: PlannedHook, limit: number | undefined): RunScope | undefined {
    if (hook.mode === "background") return run.background.scopeFor(run.scope);
    return hook.timeout === undefined && limit === undefined ? undefined : run.scope.limited();
  }

  /** Returns whether the hook is done already. */
  begin(): boolean {
    const { hook, registered, mergesAtOnce } = this.#request;
    const run = this.#run;
    if (!this.#conditionHolds()) return true;
    const kept = this.#search();
    if (run.ending !== undefined) return true;
    if (kept?.isFresh) {
      settleAnswer(this.#run, hook, registered, kept.outcome, mergesAtOnce, true);
      return true;
    }
    if (registered.breaker !== undefined) {
      this.#permit = registered.breaker.tryAcquire();
      if (this.#permit === undefined) return this.#refuse(kept);
    }
    this.#startedAt = run.time.before();
    this.#observed = run.observeCall(hook, this.#context);
    if (run.ending !== undefined) {
      this.#release();
      return true;
    }
    if (hook.mode !== "background") return this.#call();
    this.#callInBackground();
    return true;
  }

  #search(): KeptAnswer | undefined {
    const { cache, condition } = this.#request.registered;
    if (cache === undefined) return undefined;
    const { time } = this.#run;
    this.#cached = new CachedCall(cache, this.#context);
    // What a condition takes is not the cache's.
    const kept = this.#cached.search(time, condition === undefined ? time.before() : time.after());
    // What makes the key is not ours, and may do what it likes.
    this.#run.endIfAborted();
    return kept;
  }

  /** Whether the hook is to be called; where it is not, it has been accounted for. */
  #conditionHolds(): boolean {
    const { hook, registered } = this.#request;
    const { condition } = registered;
    if (condition === undefined) return true;
    try {
      const holds = condition(this.#context);
      if (this.#run.endIfAborted()) return false;
      if (holds) return true;
      this.#run.skip(hook, registered, "condition");
    } catch (error) {
      if (this.#run.endIfAborted()) registered.counters.late++;
      else settleFailure(this.#run, hook, registered, error);
    }
    return false;
  }

  /** The breaker is open. */
  #refuse(kept: KeptAnswer | undefined): true {
    const { hook, registered, mergesAtOnce } = this.#request;
    const { breaker } = registered;
    if (breaker?.whenOpen === "skip") this.#run.skip(hook, registered, "breaker");
    else if (breaker?.whenOpen === "cached" && kept !== undefined) {
      settleAnswer(this.#run, hook, registered, kept.outcome, mergesAtOnce, true);
    } else {
      const point = this.#run.pointName;
      settleFailure(this.#run, hook, registered, hookErrors.LLMSPELL_E_HOOK_BREAKER_OPEN({ hook: hook.id, point }));
    }
    return true;
  }

  #callInBackground(): void {
    const { hook, registered } = this.#request;
    const { pointName: point, background, ledger } = this.#run;
    const startedAt = background.clock.now();
    ledger.account(hook.index, registered.entries.started);
    background.start({
      ...{ point, hook, registered, startedAt },
      ...{ context: this.#context, scope: this.#scope, permit: this.#permit },
    });
    this.#run.time.after();
    this.#beginTelling(0);
    this.#endTelling();
    this.#run.endIfAborted();
  }

  #call(): boolean {
    const run = this.#run;
    let answer: unknown;
    let isPromise: boolean;
    try {
      answer = this.#ask();
      isPromise = isPromiseLike(answer);
    } catch (error) {
      if (run.endIfAborted()) this.#leaveEnded(undefined);
      else this.#failed(error);
      return true;
    }
    if (run.endIfAborted()) {
      this.#leaveEnded(answer);
      return true;
    }
    if (isPromise) {
      run.time.after();
      this.#await(Promise.resolve(answer));
      return false;
    }
    this.#answered(answer);
    return true;
  }

  #ask(): unknown {
    const { handler } = this.#request.registered;
    if (this.#cached === undefined) return handler(this.#context);
    return this.#cached.ask(() => {
      // Later than the call where it has waited for another, in vain.
      this.#startedAt = this.#run.time.before();
      return handler(this.#context);
    });
  }

  /** The hook itself has aborted the caller's signal, and was skipped for that. */
  #leaveEnded(answer: unknown): void {
    const { registered } = this.#request;
    this.#release();
    this.#run.leave(registered, this.#scope, answer);
  }

  #await(answer: Promise<unknown>): void {
    const { hook, registered } = this.#request;
    this.#run.beginWaiting(hook.index, registered, this.#permit);
    this.#limit();
    answer.then(
      (value) => this.#close(true, () => this.#answered(value)),
      (error: unknown) => this.#close(!this.#scope.isObeyedBy(error), () => this.#failed(error)),
    );
  }

  #limit(): void {
    const { hook, limit = Number.POSITIVE_INFINITY } = this.#request;
    const { timeout = Number.POSITIVE_INFINITY } = hook;
    const bound = Math.min(timeout, limit);
    if (bound === Number.POSITIVE_INFINITY) return;
    const expire = () => (limit < timeout ? this.#outOfBudget() : this.#timedOut());
    this.#timer = this.#run.time.setTimer(expire, bound);
  }

  #timedOut(): void {
    const { hook, registered } = this.#request;
    const point = this.#run.pointName;
    const error = hookErrors.LLMSPELL_E_HOOK_TIMEOUT({ hook: hook.id, point, timeout: hook.timeout ?? 0 });
    this.#expire(error, () => {
      registered.counters.timedOut++;
      this.#failed(error);
    });
  }

  #outOfBudget(): void {
    const { hook, registered, limit = 0 } = this.#request;
    const error = hookErrors.LLMSPELL_E_HOOK_BUDGET({ hook: hook.id, point: this.#run.pointName, limit });
    this.#expire(error, () => {
      const duration = this.#run.time.after() - this.#startedAt;
      this.#beginTelling(duration);
      this.#run.skip(hook, registered, "budget");
      this.#endTelling();
      if (this.#isShared) {
        this.#release();
        return;
      }
      registered.measured(duration, true);
      if (this.#permit !== undefined) registered.breaker?.recordStopped(this.#permit, duration);
    });
  }

  /** The run goes on without waiting; the call is left to the owner of such calls. */
  #expire(reason: Error, tell: () => void): void {
    const { hook, registered, whenDone } = this.#request;
    const run = this.#run;
    this.#isLeft = true;
    this.#forgetTimer();
    run.endWaiting(registered);
    run.ledger.release(hook.index);
    run.background.beginLeaving(registered.counters);
    // Who listens to the signal may end the run, which then skips this hook as one that is not awaited.
    this.#scope.abort(reason);
    if (run.ending === undefined) tell();
    else this.#release();
    this.#owner.goOn(whenDone, hook);
  }

  #close(isLate: boolean, tell: () => void): void {
    const { hook, registered, whenDone } = this.#request;
    this.#forgetTimer();
    if (this.#isLeft || this.#run.ending !== undefined) {
      this.#run.background.endLeaving(registered.counters, isLate);
      return;
    }
    this.#run.endWaiting(registered);
    tell();
    this.#owner.goOn(whenDone, hook);
  }

  #answered(answer: unknown): void {
    const { hook, registered, mergesAtOnce } = this.#request;
    const duration = this.#run.time.after() - this.#startedAt;
    this.#beginTelling(duration);
    const hasSucceeded = settleAnswer(this.#run, hook, registered, answer, mergesAtOnce, this.#isShared);
    this.#endTelling();
    if (this.#isShared) {
      if (hasSucceeded) this.#cached?.noteShared();
      this.#release();
      return;
    }
    this.#learn(registered, duration, hasSucceeded);
    if (hasSucceeded) this.#cached?.keep(answer, duration, this.#run.point.environment.isFreezing);
  }

  /** Whether the answer is that of an equal call. */
  get #isShared(): boolean {
    return this.#cached?.isShared === true;
  }

  #failed(error: unknown): void {
    const { hook, registered } = this.#request;
    const duration = this.#run.time.after() - this.#startedAt;
    this.#beginTelling(duration);
    settleFailure(this.#run, hook, registered, error);
    this.#endTelling();
    if (this.#isShared) this.#release();
    else this.#learn(registered, duration, false);
  }

  /** What becomes of the call now is told to observers: before they are told that it has ended the run, if it does. */
  #beginTelling(duration: number): void {
    if (this.#observed === undefined) return;
    this.#run.expectAnswer(this.#observed, this.#isShared ? 0 : duration);
  }

  #endTelling(): void {
    if (this.#observed !== undefined) this.#run.observeAnswer();
  }

  #learn(registered: RegisteredHook, duration: number, hasSucceeded: boolean): void {
    registered.measured(duration, hasSucceeded);
    if (this.#permit !== undefined) registered.breaker?.record(this.#permit, duration, hasSucceeded);
  }

  #release(): void {
    if (this.#permit !== undefined) this.#request.registered.breaker?.release(this.#permit);
  }

  #forgetTimer(): void {
    if (this.#timer === undefined) return;
    this.#run.time.cancelTimer(this.#timer);
    this.#timer = undefined;
  }
}
