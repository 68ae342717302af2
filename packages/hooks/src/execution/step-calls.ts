import type { HookExecution } from "../hook-strategy.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";

/** A hook of mode `asynchronous` that has been started and whose changes have not been merged. */
interface DeferredHook {
  readonly hook: PlannedHook;
  isDone: boolean;
  /** What waits for it, if anything does. */
  whenDone: (() => void) | undefined;
}

type Calls = Pick<HookExecution, "call" | "merge" | "data" | "hasEnded">;

/** Calls steps that take more than one call: parallel groups, and hooks that are only started. */
export class StepCalls {
  readonly #execution: Calls;
  #deferred: DeferredHook[] = [];

  constructor(execution: Calls) {
    this.#execution = execution;
  }

  /** As `HookExecution.callStep`. */
  call(step: readonly PlannedHook[], whenDone: () => void, limit: number | undefined): boolean {
    const needed = this.#takeNeeded(step);
    let waiting = needed.filter(({ isDone }) => !isDone).length;
    const begin = () => {
      if (needed.length > 0) this.#execution.merge(needed.map(({ hook }) => hook));
      return this.#execution.hasEnded || this.#begin(step, whenDone, limit);
    };
    if (waiting === 0) return begin();
    for (const deferred of needed) {
      deferred.whenDone = () => {
        waiting--;
        if (waiting === 0 && begin()) whenDone();
      };
    }
    return false;
  }

  /** Merges what hooks have changed that no step depended on. */
  finish(): void {
    const rest = this.#deferred.splice(0);
    if (rest.length > 0) this.#execution.merge(rest.map(({ hook }) => hook));
  }

  #takeNeeded(step: readonly PlannedHook[]): readonly DeferredHook[] {
    if (this.#deferred.length === 0) return [];
    const isNeeded = ({ hook }: DeferredHook) => step.some(({ dependencies }) => dependencies.includes(hook.index));
    const needed = this.#deferred.filter(isNeeded);
    this.#deferred = this.#deferred.filter((deferred) => !needed.includes(deferred));
    return needed;
  }

  #begin(step: readonly PlannedHook[], whenDone: () => void, limit: number | undefined): boolean {
    const [first] = step;
    if (first?.mode !== "asynchronous") return this.#callTogether(step, whenDone, limit);
    const deferred: DeferredHook = { hook: first, isDone: false, whenDone: undefined };
    const note = () => {
      deferred.isDone = true;
      deferred.whenDone?.();
    };
    this.#deferred.push(deferred);
    deferred.isDone = this.#execution.call(first, note, undefined, limit);
    return true;
  }

  #callTogether(step: readonly PlannedHook[], whenDone: () => void, limit: number | undefined): boolean {
    const { data } = this.#execution;
    let waiting = step.length;
    const note = () => {
      waiting--;
      if (waiting > 0) return;
      this.#execution.merge(step);
      whenDone();
    };
    for (const hook of step) if (this.#execution.call(hook, note, data, limit)) waiting--;
    if (waiting > 0) return false;
    this.#execution.merge(step);
    return true;
  }
}
