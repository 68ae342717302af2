import type { Clock } from "@llmspell/base";
import type { HookContext, HookData } from "../hook-context.ts";
import type { AbortScope } from "./abort-scope.ts";

/** What one or more hooks see of a run. A change of the data makes a new one, so that what a hook holds never changes. */
export class RunContext implements HookContext {
  readonly point: string;
  readonly input: unknown;
  readonly data: HookData;
  readonly clock: Clock;
  readonly #scope: AbortScope;

  constructor(point: string, input: unknown, data: HookData, clock: Clock, scope: AbortScope) {
    this.point = point;
    this.input = input;
    this.data = data;
    this.clock = clock;
    this.#scope = scope;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }
}
