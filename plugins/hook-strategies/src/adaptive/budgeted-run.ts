import type { HookExecution } from "@llmspell/hooks";
import type { BudgetUse } from "./budget-use.ts";
import type { Turn } from "./budget-walk.ts";
import type { Caution } from "./caution.ts";
import type { StepOutlook } from "./step-outlook.ts";

/** What takes longer than this many times its expectation has overrun. */
const OVERRUN = 2;
/** By how much a timer of the system may come too early; milliseconds. */
const TIMER_RESOLUTION = 1;

/** What runs go by. */
export interface BudgetSchedule {
  readonly walk: readonly Turn[];
  /** Milliseconds. */
  readonly budget: number;
  readonly caution: Caution;
  readonly use: BudgetUse;
}

/** One run of a hook point inside a budget. */
export class BudgetedRun {
  readonly #execution: HookExecution;
  readonly #schedule: BudgetSchedule;
  #next = 0;
  /** Milliseconds from the beginning of the run; less after a hook has overrun. */
  #budget: number;
  /** Whether a hook has been called that could have been left out. */
  #hasSpent = false;
  /** When the turn began, and how long it may take. */
  #startedAt = 0;
  #limit = Number.POSITIVE_INFINITY;
  /** Milliseconds since the run began, as last read; nothing but hooks takes time worth reading. */
  #now = 0;
  /** When the hooks that have only been started are expected to be done. */
  #startedUntil = 0;
  /** Positions of the hooks that were left out; made when there are any. */
  #leftOut: Set<number> | undefined;
  readonly #resume = () => {
    this.#finish(true);
    this.proceed();
  };

  constructor(execution: HookExecution, schedule: BudgetSchedule) {
    this.#execution = execution;
    this.#schedule = schedule;
    this.#budget = schedule.budget;
    this.#now = execution.elapsed();
  }

  /** Goes on until a step has to be awaited, or all are done. */
  proceed(): void {
    const { walk, budget, caution, use } = this.#schedule;
    while (!this.#execution.hasEnded) {
      const turn = walk[this.#next];
      if (turn === undefined) {
        caution.learn(this.#hasSpent && this.#now > budget);
        use.note(this.#now);
        return;
      }
      this.#next++;
      if (!this.#take(turn)) return;
    }
  }

  /** Returns whether the turn is over. */
  #take(turn: Turn): boolean {
    const { step } = turn;
    this.#limit = Number.POSITIVE_INFINITY;
    if (step.isBackground) return this.#execution.callStep(step.hooks, this.#resume);
    this.#startedAt = step.waits ? Math.max(this.#now, this.#startedUntil) : this.#now;
    if (step.isNeeded) return this.#callNeeded(turn);
    if (this.#lacksDependencies(step)) {
      // The hooks skip themselves, for the reason `dependency`.
      this.#note(step);
      return this.#execution.callStep(step.hooks, this.#resume);
    }
    const room = this.#roomFor(turn) - turn.betterAfter;
    if (room <= 0 || turn.expected > room) {
      this.#leaveOut(step);
      return true;
    }
    this.#hasSpent = true;
    this.#limit = room;
    return this.#call(step, room);
  }

  /** What is left of the budget beside the needed steps still to come; milliseconds. */
  #roomFor({ neededAfter, neededAtMost }: Turn): number {
    const reserve = Math.min(neededAtMost, neededAfter * this.#schedule.caution.factor);
    return this.#budget - this.#startedAt - reserve;
  }

  #callNeeded(turn: Turn): boolean {
    const { step, expected } = turn;
    if (step.companions.length === 0) return this.#call(step, undefined);
    // While the needed hooks run, their companions may: they are called at once.
    const room = Math.max(expected, this.#roomFor(turn));
    for (const hook of step.companions) {
      if (step.expectedOf(hook) <= room && room > 0) continue;
      this.#execution.skip(hook);
      this.#leftOut ??= new Set();
      this.#leftOut.add(hook.index);
    }
    return this.#call(step, step.limitsCompanions ? room : undefined);
  }

  #call(step: StepOutlook, limit: number | undefined): boolean {
    const isDone = this.#execution.callStep(step.hooks, this.#resume, limit);
    if (isDone) this.#finish(false);
    return isDone;
  }

  /**
   * The step whose turn it was is done, or started where nothing waits for it.
   *
   * @param wasAwaited whether it took a promise, without which nothing can be stopped
   */
  #finish(wasAwaited: boolean): void {
    this.#now = this.#execution.elapsed();
    const turn = this.#schedule.walk[this.#next - 1];
    if (turn === undefined || turn.step.isBackground) return;
    const { step, expected } = turn;
    if (step.isAsynchronous) {
      step.started();
      this.#startedUntil = Math.max(this.#startedUntil, this.#startedAt + expected);
      return;
    }
    const took = Math.max(0, this.#now - this.#startedAt);
    if (expected > 0) this.#budget -= Math.max(0, took - OVERRUN * expected);
    if (wasAwaited && took > this.#limit - TIMER_RESOLUTION) step.stopped();
    else step.done(took);
  }

  #leaveOut(step: StepOutlook): void {
    for (const hook of step.hooks) this.#execution.skip(hook);
    step.leftOut();
    this.#note(step);
  }

  #note({ hooks }: StepOutlook): void {
    this.#leftOut ??= new Set();
    for (const { index } of hooks) this.#leftOut.add(index);
  }

  /** Whether every hook of the step depends on one that was left out. */
  #lacksDependencies({ hooks }: StepOutlook): boolean {
    const leftOut = this.#leftOut;
    if (leftOut === undefined) return false;
    return hooks.every(({ dependencies }) => dependencies.some((index) => leftOut.has(index)));
  }
}
