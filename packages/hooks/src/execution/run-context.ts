import type { Clock } from "@llmspell/base";
import type { HookContext, HookData } from "../hook-context.ts";
import type { RunRequest } from "./run-request.ts";
import { RunScope } from "./run-scope.ts";

/**
 * What one or more hooks see of a run. A change of the data makes a new one, so that what a hook holds never changes.
 *
 * One is made for every run, so it holds what it is made of, and nothing more.
 */
export class RunContext implements HookContext {
  readonly #point: string;
  readonly #clock: Clock;
  readonly #request: RunRequest;
  readonly #data: HookData;
  /** Made when it is first needed. */
  #runScope: RunScope | undefined;

  constructor(point: string, clock: Clock, request: RunRequest, data: HookData, scope?: RunScope) {
    this.#point = point;
    this.#clock = clock;
    this.#request = request;
    this.#data = data;
    this.#runScope = scope;
  }

  get point(): string {
    return this.#point;
  }

  get input(): unknown {
    return this.#request.input;
  }

  get data(): HookData {
    return this.#data;
  }

  get attempt(): number {
    return this.#request.attempt ?? 1;
  }

  get scope(): object {
    return this.#request.scope ?? scopeOf(this).identity;
  }

  get signal(): AbortSignal {
    return scopeOf(this).signal;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** The scope of the run that a context belongs to; for the run itself, and not for hooks. */
  static scopeOf(context: RunContext): RunScope {
    context.#runScope ??= new RunScope(() => context.#request.signal);
    return context.#runScope;
  }
}

export const { scopeOf } = RunContext;
