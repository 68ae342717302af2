import type { Clock, Log, Timer } from "@llmspell/base";
import { messageOf } from "@llmspell/base";
import type { BreakerPermit } from "@llmspell/resilience";
import { hookErrors } from "../errors.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import { describe, isPromiseLike } from "./hook-answer.ts";
import { OutstandingWork } from "./outstanding-work.ts";
import type { RunContext } from "./run-context.ts";
import { RunScope } from "./run-scope.ts";

/** Owns what goes on after the run that began it: background hooks, and calls whose answer is no longer awaited. */
export class BackgroundCalls {
  /** Background hooks that have not answered. */
  readonly hooks = new OutstandingWork();
  /** Calls whose answer no longer counts, and which have not come to an end. */
  readonly stragglers = new OutstandingWork();
  readonly clock: Clock;
  readonly log: Log | undefined;
  readonly #timers = new Set<Timer>();
  readonly #lifetime = new AbortController();

  constructor(clock: Clock, log: Log | undefined) {
    this.clock = clock;
    this.log = log;
  }

  /** The scope of a call that a run does not end. */
  scopeFor(run: RunScope): RunScope {
    return new RunScope(() => this.#lifetime.signal, run);
  }

  /** Calls a background hook; what it does before it first awaits is done at once. */
  start(call: BackgroundCall): void {
    const { registered, context } = call;
    let answer: unknown;
    try {
      answer = registered.handler(context);
    } catch (error) {
      this.#fail(call, error);
      return;
    }
    if (isPromiseLike(answer)) this.#await(call, Promise.resolve(answer));
    else this.#finish(call, answer);
  }

  /** Takes over a call whose answer no longer counts. */
  leave({ counters }: RegisteredHook, scope: RunScope, answer: unknown): void {
    if (!isPromiseLike(answer)) {
      counters.late++;
      return;
    }
    this.beginLeaving(counters);
    Promise.resolve(answer).then(
      () => this.endLeaving(counters, true),
      (error: unknown) => this.endLeaving(counters, !scope.isObeyedBy(error)),
    );
  }

  /** A call that has been told to stop has not ended. */
  beginLeaving(counters: RegisteredHook["counters"]): void {
    counters.unresponsive++;
    this.stragglers.begin();
  }

  /** @param isLate whether it ended with an answer or an error of its own, which is dropped */
  endLeaving(counters: RegisteredHook["counters"], isLate: boolean): void {
    counters.unresponsive--;
    if (isLate) counters.late++;
    this.stragglers.end();
  }

  /** Aborts the signal of every background hook, and with it their deadlines. */
  abort(): void {
    this.#lifetime.abort();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #await(call: BackgroundCall, answer: Promise<unknown>): void {
    const { counters } = call.registered;
    counters.pending++;
    this.hooks.begin();
    let isOver = false;
    const close = (tell: () => void) => {
      isOver = true;
      counters.pending--;
      tell();
      this.hooks.end();
    };
    const timer = this.#limit(call, () => {
      counters.timedOut++;
      this.beginLeaving(counters);
      close(() => this.#fail(call, timeoutOf(call)));
    });
    const settle = (isObedient: boolean, tell: () => void) => {
      timer?.cancel();
      if (timer !== undefined) this.#timers.delete(timer);
      if (isOver) this.endLeaving(counters, !isObedient);
      else close(tell);
    };
    answer.then(
      (value) => settle(false, () => this.#finish(call, value)),
      (error: unknown) => settle(call.scope.isObeyedBy(error), () => this.#fail(call, error)),
    );
  }

  #limit(call: BackgroundCall, expire: () => void): Timer | undefined {
    const { timeout } = call.hook;
    if (timeout === undefined) return undefined;
    const timer = this.clock.setTimeout(() => {
      this.#timers.delete(timer);
      call.scope.abort(timeoutOf(call));
      expire();
    }, timeout);
    this.#timers.add(timer);
    return timer;
  }

  #finish(call: BackgroundCall, answer: unknown): void {
    if (answer !== undefined) {
      const expected = "nothing, because a background hook cannot change the run";
      const { hook, point } = call;
      this.#fail(call, hookErrors.LLMSPELL_E_HOOK_OUTCOME({ hook: hook.id, point, expected, found: describe(answer) }));
      return;
    }
    call.registered.counters.continued++;
    this.#measure(call, true);
  }

  #fail(call: BackgroundCall, error: unknown): void {
    call.registered.counters.failed++;
    this.#measure(call, false);
    this.log?.warn(`The background hook "${call.hook.id}" failed at ${call.point}: ${messageOf(error)}`);
  }

  #measure({ registered, startedAt, permit }: BackgroundCall, hasSucceeded: boolean): void {
    const duration = this.clock.now() - startedAt;
    registered.counters.measured(duration);
    registered.profile.learn(duration, hasSucceeded);
    if (permit !== undefined) registered.breaker?.record(permit, duration, hasSucceeded);
  }
}

/** One call of a background hook. */
export interface BackgroundCall {
  readonly point: string;
  readonly hook: PlannedHook;
  readonly registered: RegisteredHook;
  readonly context: RunContext;
  readonly scope: RunScope;
  readonly startedAt: number;
  /** Of the hook's breaker, where it has one. */
  readonly permit: BreakerPermit | undefined;
}

function timeoutOf({ hook, point }: BackgroundCall): Error {
  return hookErrors.LLMSPELL_E_HOOK_TIMEOUT({ hook: hook.id, point, timeout: hook.timeout ?? 0 });
}
