import type { Timer } from "@llmspell/base";
import type { BreakerPermit } from "@llmspell/resilience";
import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { SkipReason } from "../hook-run.ts";
import type { ObservedCall } from "../instruments.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { BackgroundCalls } from "./background-calls.ts";
import { isPromiseLike } from "./hook-answer.ts";
import type { RunContext } from "./run-context.ts";
import type { RunScope } from "./run-scope.ts";

/** The run that a call belongs to. */
export interface CallOwner {
  readonly point: string;
  readonly background: BackgroundCalls;
  readonly scope: RunScope;
  readonly hasEnded: boolean;
  contextFor(data: HookData, scope?: RunScope): RunContext;
  /** Takes the answer; returns whether it was one that a hook may give. */
  settle(hook: PlannedHook, registered: RegisteredHook, answer: unknown, mergesAtOnce: boolean): boolean;
  fail(hook: PlannedHook, registered: RegisteredHook, error: unknown): void;
  leaveOut(hook: PlannedHook, registered: RegisteredHook, reason: SkipReason): void;
  start(hook: PlannedHook, registered: RegisteredHook): void;
  /** The run waits for one call more. */
  await(hook: PlannedHook, registered: RegisteredHook): void;
  /** The run waits for one call less; then the strategy is told. */
  resume(request: CallRequest, tell: () => void): void;
  /** The clock's time, which is read once between two hooks that answer at once. */
  timeBefore(): number;
  timeAfter(): number;
  holdTimer(timer: Timer): void;
  dropTimer(timer: Timer): void;
  observeBegin(hook: PlannedHook, context: RunContext): ObservedCall | undefined;
  observeEnd(call: ObservedCall | undefined, hook: PlannedHook, duration: number): void;
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
  readonly #request: CallRequest;
  readonly #scope: RunScope;
  readonly #context: RunContext;
  #startedAt = 0;
  #permit: BreakerPermit | undefined;
  #observed: ObservedCall | undefined;
  #timer: Timer | undefined;
  /** Set when the run no longer waits for it, though it goes on. */
  #isLeft = false;

  constructor(owner: CallOwner, request: CallRequest) {
    const { hook, data, limit } = request;
    this.#owner = owner;
    this.#request = request;
    const own = ManagedCall.#ownScope(owner, hook, limit);
    this.#scope = own ?? owner.scope;
    this.#context = owner.contextFor(data, own);
  }

  /** A scope for what can be given up alone. */
  static #ownScope(owner: CallOwner, hook: PlannedHook, limit: number | undefined) {
    if (hook.mode === "background") return owner.background.scopeFor(owner.scope);
    return hook.timeout === undefined && limit === undefined ? undefined : owner.scope.limited();
  }

  /** Returns whether the hook is done already. */
  begin(): boolean {
    const { hook, registered } = this.#request;
    const owner = this.#owner;
    if (!this.#conditionHolds()) return true;
    if (registered.breaker !== undefined) {
      this.#permit = registered.breaker.tryAcquire();
      if (this.#permit === undefined) return this.#refuse();
    }
    if (hook.mode === "background") {
      owner.start(hook, registered);
      this.#callInBackground();
      return true;
    }
    return this.#call();
  }

  /** Whether the hook is to be called; where it is not, it has been accounted for. */
  #conditionHolds(): boolean {
    const { hook, registered } = this.#request;
    const { condition } = registered;
    if (condition === undefined) return true;
    try {
      if (condition(this.#context)) return !this.#owner.hasEnded;
      this.#owner.leaveOut(hook, registered, "condition");
    } catch (error) {
      this.#owner.fail(hook, registered, error);
    }
    return false;
  }

  /** The breaker is open. */
  #refuse(): true {
    const { hook, registered } = this.#request;
    const { breaker } = registered;
    if (breaker?.whenOpen === "skip") this.#owner.leaveOut(hook, registered, "breaker");
    else {
      const { point } = this.#owner;
      this.#owner.fail(hook, registered, hookErrors.LLMSPELL_E_HOOK_BREAKER_OPEN({ hook: hook.id, point }));
    }
    return true;
  }

  #callInBackground(): void {
    const { hook, registered } = this.#request;
    const { point, background } = this.#owner;
    const startedAt = background.clock.now();
    this.#observed = this.#owner.observeBegin(hook, this.#context);
    background.start({
      ...{ point, hook, registered, startedAt },
      ...{ context: this.#context, scope: this.#scope, permit: this.#permit },
    });
    this.#owner.timeAfter();
    this.#owner.observeEnd(this.#observed, hook, 0);
  }

  #call(): boolean {
    const { hook, registered } = this.#request;
    const owner = this.#owner;
    this.#startedAt = owner.timeBefore();
    this.#observed = owner.observeBegin(hook, this.#context);
    let answer: unknown;
    try {
      answer = registered.handler(this.#context);
    } catch (error) {
      if (owner.hasEnded) this.#leaveEnded(undefined);
      else this.#failed(error);
      return true;
    }
    if (owner.hasEnded) {
      this.#leaveEnded(answer);
      return true;
    }
    if (isPromiseLike(answer)) {
      owner.timeAfter();
      this.#await(answer);
      return false;
    }
    this.#answered(answer);
    return true;
  }

  /** The hook itself has aborted the caller's signal, and was skipped for that. */
  #leaveEnded(answer: unknown): void {
    const { registered } = this.#request;
    this.#release();
    this.#owner.background.leave(registered, this.#scope, answer);
  }

  #await(answer: PromiseLike<unknown>): void {
    const { hook, registered } = this.#request;
    this.#owner.await(hook, registered);
    this.#limit();
    Promise.resolve(answer).then(
      (value) => this.#close(true, () => this.#answered(value)),
      (error: unknown) => this.#close(!this.#scope.isObeyedBy(error), () => this.#failed(error)),
    );
  }

  #limit(): void {
    const { hook, limit = Number.POSITIVE_INFINITY } = this.#request;
    const { timeout = Number.POSITIVE_INFINITY } = hook;
    const bound = Math.min(timeout, limit);
    if (bound === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#owner.background.clock.setTimeout(
      () => (limit < timeout ? this.#outOfBudget() : this.#timedOut()),
      bound,
    );
    this.#owner.holdTimer(this.#timer);
  }

  #timedOut(): void {
    const { hook, registered } = this.#request;
    const { point } = this.#owner;
    const error = hookErrors.LLMSPELL_E_HOOK_TIMEOUT({ hook: hook.id, point, timeout: hook.timeout ?? 0 });
    registered.counters.timedOut++;
    this.#expire(error, () => this.#failed(error));
  }

  #outOfBudget(): void {
    const { hook, registered, limit = 0 } = this.#request;
    const error = hookErrors.LLMSPELL_E_HOOK_BUDGET({ hook: hook.id, point: this.#owner.point, limit });
    this.#expire(error, () => {
      this.#measure(registered, true);
      this.#owner.leaveOut(hook, registered, "budget");
    });
  }

  /** The run goes on without waiting; the call is left to the owner of such calls. */
  #expire(reason: Error, tell: () => void): void {
    const { registered } = this.#request;
    this.#isLeft = true;
    this.#forgetTimer();
    this.#owner.background.beginLeaving(registered.counters);
    this.#scope.abort(reason);
    this.#owner.resume(this.#request, tell);
  }

  #close(isLate: boolean, tell: () => void): void {
    const { registered } = this.#request;
    this.#forgetTimer();
    if (this.#isLeft) this.#owner.background.endLeaving(registered.counters, isLate);
    else if (this.#owner.hasEnded) {
      this.#release();
      this.#owner.background.endLeaving(registered.counters, isLate);
    } else this.#owner.resume(this.#request, tell);
  }

  #answered(answer: unknown): void {
    const { hook, registered, mergesAtOnce } = this.#request;
    const now = this.#owner.timeAfter();
    const hasSucceeded = this.#owner.settle(hook, registered, answer, mergesAtOnce);
    this.#measure(registered, hasSucceeded, now);
  }

  #failed(error: unknown): void {
    const { hook, registered } = this.#request;
    const now = this.#owner.timeAfter();
    this.#owner.fail(hook, registered, error);
    this.#measure(registered, false, now);
  }

  #measure(registered: RegisteredHook, hasSucceeded: boolean, now: number = this.#owner.timeAfter()): void {
    const duration = now - this.#startedAt;
    registered.counters.measured(duration);
    registered.profile.learn(duration, hasSucceeded);
    if (this.#permit !== undefined) registered.breaker?.record(this.#permit, duration, hasSucceeded);
    this.#owner.observeEnd(this.#observed, this.#request.hook, duration);
  }

  #release(): void {
    if (this.#permit !== undefined) this.#request.registered.breaker?.release(this.#permit);
  }

  #forgetTimer(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#owner.dropTimer(this.#timer);
  }
}
