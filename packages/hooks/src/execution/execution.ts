import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { HookRun } from "../hook-run.ts";
import type { HookExecution } from "../hook-strategy.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { ChainStop } from "../plan/hook-chain.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { CallSlots, SlotOwner } from "./call-slots.ts";
import { isPromise, isPromiseLike } from "./hook-answer.ts";
import { LiveRun, type RunStart } from "./live-run.ts";
import { type CallOwner, ManagedCall } from "./managed-call.ts";
import { settleAnswer, settleFailure } from "./settlement.ts";
import { StepCalls } from "./step-calls.ts";

type WhenDone = (hook: PlannedHook) => void;

/** Stands for the answer of a hook whose condition did not hold. */
const NOT_CALLED = Symbol("not called");

/** A run as its strategy drives it, where a hook has something to say, or where it is measured. */
export class Execution implements HookExecution, SlotOwner, CallOwner {
  readonly #point: CompiledPoint;
  readonly run: LiveRun;
  /** Whether hooks that need nothing but a call get nothing else. */
  readonly #isQuick: boolean;
  #held: ChainStop | undefined;
  // What follows is made when it is first needed.
  #steps: StepCalls | undefined;
  #slots: CallSlots | undefined;

  /** @param stop where the point's chain came to; `undefined` when it was not tried */
  constructor(point: CompiledPoint, start: RunStart, stop: ChainStop | undefined) {
    this.#point = point;
    this.run = new LiveRun(point, start, stop === undefined);
    this.#isQuick = !point.environment.instruments.isUsed;
    this.#held = stop;
  }

  get data(): HookData {
    return this.run.data.current;
  }

  get hasEnded(): boolean {
    return this.run.ending !== undefined;
  }

  /**
   * Runs the point; returns a promise only if a hook did.
   *
   * @throws LLMSPELL_E_HOOK_FAILED, LLMSPELL_E_HOOK_CONFLICT, LLMSPELL_E_HOOK_DEADLINE, LLMSPELL_E_HOOK_UNACCOUNTED, the
   * caller's abort reason
   */
  start(): HookRun | Promise<HookRun> {
    const { run } = this;
    if (this.#held !== undefined) this.#takeOver(this.#held);
    run.observeStart();
    if (run.endIfAborted()) this.#dropHeld();
    else {
      run.attempt(() => this.#point.drive(this));
      this.#endIfDone();
    }
    return run.outcome();
  }

  elapsed(): number {
    return this.run.time.elapsed();
  }

  call(hook: PlannedHook, whenDone: WhenDone, data?: HookData, limit?: number): boolean {
    return this.#call(hook, whenDone, data ?? this.run.data.current, limit, false);
  }

  callStep(step: readonly PlannedHook[], whenDone: () => void, limit?: number): boolean {
    const [hook] = step;
    // By far the most steps are one hook, which is called, and merged, without further ado.
    if (this.#steps === undefined && step.length === 1 && hook !== undefined && hook.mode !== "asynchronous") {
      return this.#call(hook, whenDone, this.run.data.current, limit, true);
    }
    this.#steps ??= new StepCalls(this);
    return this.#steps.call(step, whenDone, limit);
  }

  skip(hook: PlannedHook): void {
    const registered = this.#point.hooks[hook.index];
    // A required hook stays unaccounted for, which is the strategy's fault and fails the run.
    if (registered === undefined || hook.required || this.run.ledger.isOpen(hook.index)) return;
    this.run.skip(hook, registered, "budget");
  }

  merge(hooks: readonly PlannedHook[]): void {
    const { data } = this.run;
    if (data.hasKept && !this.hasEnded) this.run.attempt(() => data.merge(hooks));
  }

  dataAfterDependencies(hook: PlannedHook): HookData {
    const { data } = this.run;
    if (!data.hasKept) return data.initial;
    let seen = data.initial;
    this.run.attempt(() => {
      seen = data.afterDependenciesOf(hook);
    });
    return seen;
  }

  answered(index: number, value: unknown, slots: CallSlots): void {
    const hook = this.#point.plan.hooks[index];
    const registered = this.#point.hooks[index];
    const whenDone = slots.whenDone[index];
    if (hook === undefined || registered === undefined || whenDone === undefined) return;
    if (this.run.ending !== undefined) {
      this.run.background.endLeaving(registered.counters, true);
      return;
    }
    this.run.endWaiting(registered);
    this.#settle(hook, registered, value, slots.mergesAtOnce[index] === true, slots.calledAt[index] ?? 0);
    this.goOn(whenDone, hook);
  }

  failed(index: number, error: unknown, slots: CallSlots): void {
    const hook = this.#point.plan.hooks[index];
    const registered = this.#point.hooks[index];
    const whenDone = slots.whenDone[index];
    if (hook === undefined || registered === undefined || whenDone === undefined) return;
    if (this.run.ending !== undefined) {
      this.run.background.endLeaving(registered.counters, !this.run.scope.isObeyedBy(error));
      return;
    }
    this.run.endWaiting(registered);
    settleFailure(this.run, hook, registered, error);
    if (this.run.isMeasured) this.#measure(registered, slots.calledAt[index] ?? 0, false);
    this.goOn(whenDone, hook);
  }

  goOn(whenDone: WhenDone, hook: PlannedHook): void {
    if (this.run.ending === undefined) {
      try {
        whenDone(hook);
      } catch (error) {
        this.run.end({ status: "failed", error });
      }
      if (this.run.inFlight === 0) this.#endIfDone();
    }
    if (this.run.ending !== undefined && this.run.inFlight === 0) this.#giveSlotsBack();
  }

  /** Accounts for the hooks that the chain has called. */
  #takeOver({ done, skipped = [] }: ChainStop): void {
    for (const [index, registered] of this.#point.hooks.slice(0, done).entries()) {
      if (skipped.includes(index)) this.run.ledger.skip(index, registered, "condition");
      else this.run.ledger.continued(index, registered);
    }
  }

  /** The hook that the chain came to has aborted the caller's signal: what it answered no longer counts. */
  #dropHeld(): void {
    const held = this.#held?.held;
    const registered = this.#point.hooks[this.#held?.done ?? -1];
    if (held === undefined || registered === undefined) return;
    this.run.leave(registered, this.run.scope, "answer" in held ? held.answer : undefined);
  }

  #giveSlotsBack(): void {
    if (this.#slots !== undefined) this.#point.slots.giveBack(this.#slots);
    this.#slots = undefined;
  }

  #endIfDone(): void {
    if (this.hasEnded || this.run.inFlight > 0) return;
    this.#steps?.finish();
    if (this.run.ledger.isComplete) this.run.end({ status: "completed" });
    else this.run.end({ status: "failed", error: this.#unaccounted() });
  }

  #call(
    hook: PlannedHook,
    whenDone: WhenDone,
    data: HookData,
    limit: number | undefined,
    mergesAtOnce: boolean,
  ): boolean {
    const { run } = this;
    const registered = this.#point.hooks[hook.index];
    if (registered === undefined || run.ledger.isOpen(hook.index) || run.ending !== undefined) return true;
    if (run.ledger.hasGaps && !hook.required && run.ledger.lacksDependency(hook)) {
      run.skip(hook, registered, "dependency");
      return true;
    }
    if (
      this.#heldFor(hook) !== undefined ||
      (this.#isQuick && registered.isPlain && (limit === undefined || hook.required))
    ) {
      return this.#callQuickly(hook, registered, whenDone, data, mergesAtOnce);
    }
    const request = { hook, registered, whenDone, data, limit: hook.required ? undefined : limit, mergesAtOnce };
    return new ManagedCall(this, request).begin();
  }

  #callQuickly(
    hook: PlannedHook,
    registered: RegisteredHook,
    whenDone: WhenDone,
    data: HookData,
    mergesAtOnce: boolean,
  ): boolean {
    const { run } = this;
    const calledAt = this.#timeOfCall(hook);
    let answer: unknown;
    try {
      answer = this.#held === undefined ? this.#ask(registered, data) : this.#heldOrAsked(hook, registered, data);
    } catch (error) {
      if (run.endIfAborted()) registered.counters.late++;
      else settleFailure(run, hook, registered, error);
      if (run.isMeasured) this.#measure(registered, calledAt, false);
      return true;
    }
    if (answer === NOT_CALLED) {
      run.skip(hook, registered, "condition");
      return true;
    }
    if (run.endIfAborted()) {
      // The hook itself has aborted the caller's signal, and was skipped for that.
      run.leave(registered, run.scope, answer);
      return true;
    }
    if (isPromise(answer) || isPromiseLike(answer)) {
      this.#await(hook.index, registered, whenDone, mergesAtOnce, answer);
      if (run.isMeasured) this.#noteCall(hook.index, calledAt);
      return false;
    }
    this.#settle(hook, registered, answer, mergesAtOnce, calledAt);
    return true;
  }

  #timeOfCall(hook: PlannedHook): number {
    if (!this.run.isMeasured) return 0;
    return this.#heldFor(hook)?.startedAt ?? this.run.time.before();
  }

  #settle(
    hook: PlannedHook,
    registered: RegisteredHook,
    answer: unknown,
    mergesAtOnce: boolean,
    calledAt: number,
  ): void {
    const isAnswer = settleAnswer(this.run, hook, registered, answer, mergesAtOnce);
    if (this.run.isMeasured) this.#measure(registered, calledAt, isAnswer);
  }

  /** What the chain has called the hook for, if it has. */
  #heldFor(hook: PlannedHook): ChainStop["held"] {
    return this.#held?.done === hook.index ? this.#held.held : undefined;
  }

  #heldOrAsked(hook: PlannedHook, registered: RegisteredHook, data: HookData): unknown {
    const held = this.#heldFor(hook);
    if (held === undefined) return this.#ask(registered, data);
    this.#held = undefined;
    if ("error" in held) throw held.error;
    return held.answer;
  }

  #ask({ condition, handler }: RegisteredHook, data: HookData): unknown {
    const context = this.run.contextFor(data);
    if (condition !== undefined) {
      const holds = condition(context);
      if (this.run.endIfAborted() || !holds) return NOT_CALLED;
    }
    return handler(context);
  }

  #await(index: number, registered: RegisteredHook, whenDone: WhenDone, mergesAtOnce: boolean, answer: unknown): void {
    this.#slots ??= this.#point.slots.take(this);
    const slots = this.#slots;
    slots.whenDone[index] = whenDone;
    slots.mergesAtOnce[index] = mergesAtOnce;
    this.run.beginWaiting(index, registered);
    const promise = isPromise(answer) ? answer : Promise.resolve(answer);
    promise.then(slots.onAnswer[index], slots.onError[index]);
  }

  #noteCall(index: number, calledAt: number): void {
    this.run.time.after();
    if (this.#slots !== undefined) this.#slots.calledAt[index] = calledAt;
  }

  #measure(registered: RegisteredHook, calledAt: number, hasSucceeded: boolean): void {
    registered.measured(this.run.time.after() - calledAt, hasSucceeded);
  }

  #unaccounted(): Error {
    const { plan, strategy } = this.#point;
    const hooks = this.run.ledger.missing().flatMap((index) => plan.hooks[index]?.id ?? []);
    return hookErrors.LLMSPELL_E_HOOK_UNACCOUNTED({ strategy, point: plan.point, hooks });
  }
}
