import type { Clock, Log, Timer } from "@llmspell/base";
import { messageOf } from "@llmspell/base";
import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import { AbortScope } from "./abort-scope.ts";
import { type AnswerReceiver, describe, isPromiseLike, receiveAnswer } from "./hook-answer.ts";
import { OutstandingWork } from "./outstanding-work.ts";
import { RunContext } from "./run-context.ts";

/** Owns what goes on after the run that began it: background hooks, and calls whose answer is no longer awaited. */
export class BackgroundCalls {
  /** Background hooks that have not answered. */
  readonly hooks = new OutstandingWork();
  /** Calls whose answer no longer counts, and which have not come to an end. */
  readonly stragglers = new OutstandingWork();
  readonly clock: Clock;
  readonly log: Log | undefined;
  readonly timers = new Set<Timer>();
  readonly #lifetime = new AbortController();

  constructor(clock: Clock, log: Log | undefined) {
    this.clock = clock;
    this.log = log;
  }

  /** Aborted when no background work is wanted any more. */
  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** Calls a background hook on the data as it is now; what it does before it first awaits is done at once. */
  start(point: string, planned: PlannedHook, hook: RegisteredHook, input: unknown, data: HookData): void {
    const call = new BackgroundCall(this, point, planned, hook);
    let answer: unknown;
    try {
      answer = hook.handler(new RunContext(point, input, data, this.clock, call.scope));
    } catch (error) {
      call.fail(error);
      return;
    }
    if (!isPromiseLike(answer)) {
      call.finish(answer);
      return;
    }
    hook.counters.pending++;
    this.hooks.begin();
    void receiveAnswer(answer, call, planned.timeout, this.clock, this.timers);
  }

  /** Takes over a call whose answer does not count, because its run has ended. */
  leave({ counters }: RegisteredHook, answer: unknown): void {
    const late = () => {
      counters.late++;
      this.stragglers.end();
    };
    this.stragglers.begin();
    if (isPromiseLike(answer)) void Promise.resolve(answer).then(late, late);
    else late();
  }

  /** Aborts the signal of every background hook, and with it their deadlines. */
  abort(): void {
    this.#lifetime.abort();
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }
}

/** One call of a background hook. */
class BackgroundCall implements AnswerReceiver {
  readonly scope: AbortScope;
  readonly #owner: BackgroundCalls;
  readonly #point: string;
  readonly #planned: PlannedHook;
  readonly #hook: RegisteredHook;
  readonly #startedAt: number;

  constructor(owner: BackgroundCalls, point: string, planned: PlannedHook, hook: RegisteredHook) {
    this.scope = new AbortScope(() => owner.signal);
    this.#owner = owner;
    this.#point = point;
    this.#planned = planned;
    this.#hook = hook;
    this.#startedAt = owner.clock.now();
  }

  finish(answer: unknown): void {
    this.#hook.counters.duration.record(this.#owner.clock.now() - this.#startedAt);
    if (answer === undefined) {
      this.#hook.counters.continued++;
      return;
    }
    const expected = "nothing, because a background hook cannot change the run";
    const found = describe(answer);
    this.fail(hookErrors.LLMSPELL_E_HOOK_OUTCOME({ hook: this.#planned.id, point: this.#point, expected, found }));
  }

  fail(error: unknown): void {
    this.#hook.counters.failed++;
    const { id } = this.#planned;
    this.#owner.log?.warn(`The background hook "${id}" failed at ${this.#point}: ${messageOf(error)}`);
  }

  answered(answer: unknown): void {
    this.finish(answer);
    this.#release();
  }

  failed(error: unknown): void {
    this.fail(error);
    this.#release();
  }

  timedOut(): void {
    const { id, timeout = 0 } = this.#planned;
    const error = hookErrors.LLMSPELL_E_HOOK_TIMEOUT({ hook: id, point: this.#point, timeout });
    this.#hook.counters.timedOut++;
    this.scope.abort(error);
    this.#owner.stragglers.begin();
    this.failed(error);
  }

  late(): void {
    this.#hook.counters.late++;
    this.#owner.stragglers.end();
  }

  #release(): void {
    this.#hook.counters.pending--;
    this.#owner.hooks.end();
  }
}
