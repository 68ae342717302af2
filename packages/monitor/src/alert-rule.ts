import { messageOf, parseDuration } from "@llmspell/base";
import { type Condition, compileCondition, type Scope } from "@llmspell/expressions";
import type { AlertNotice } from "./alert.ts";
import { ALERT_VARIABLES } from "./alert-scope.ts";
import { type AlertOptions, alertOptionsDefaults } from "./generated/options.ts";

/**
 * ok: the condition does not hold. holding: it holds, not yet for long enough. firing: it has held for long enough.
 * unknown: it cannot be decided, because it names a part or a figure that is not there.
 */
export type AlertState = "ok" | "holding" | "firing" | "unknown";

/** One alert's condition over time: says when it fires and when it is resolved, each once. */
export class AlertRule {
  readonly name: string;
  readonly when: string;
  readonly #condition: Condition;
  readonly #hold: number;
  #state: AlertState = "ok";
  #since: number | undefined;
  #problem: string | undefined;
  #fired = 0;
  /** It has fired and was not resolved, also while its state is unknown. */
  #isFiring = false;

  /** @throws LLMSPELL_E_EXPRESSION, LLMSPELL_E_DURATION */
  constructor({ name, when, for: hold = alertOptionsDefaults.for }: AlertOptions) {
    this.name = name ?? when;
    this.when = when;
    this.#condition = compileCondition(when, ALERT_VARIABLES);
    this.#hold = parseDuration(hold);
  }

  get state(): AlertState {
    return this.#state;
  }

  /** Why the condition cannot be decided, while it cannot. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How often it has fired. */
  get fired(): number {
    return this.#fired;
  }

  /** Looks at the figures as of `at`; returns what is to be told, if anything is. */
  update(scope: Scope, at: number): AlertNotice | undefined {
    const holds = this.#decide(scope);
    const wasFiring = this.#isFiring;
    if (holds === undefined) {
      // What cannot be decided is not over: one that fires stays as it is until that can be told.
      this.#state = "unknown";
      if (!wasFiring) this.#since = undefined;
      return undefined;
    }
    const since = this.#since ?? at;
    const held = at - since;
    this.#since = holds ? since : undefined;
    this.#isFiring = holds && (wasFiring || held >= this.#hold);
    this.#state = this.#isFiring ? "firing" : holds ? "holding" : "ok";
    if (this.#isFiring === wasFiring) return undefined;
    if (wasFiring) return this.#notice("resolved", at, held);
    this.#fired++;
    return this.#notice("fired", at, held);
  }

  /** `undefined` when the condition cannot be decided. */
  #decide(scope: Scope): boolean | undefined {
    try {
      this.#problem = undefined;
      return this.#condition(scope);
    } catch (error) {
      this.#problem = messageOf(error);
      return undefined;
    }
  }

  #notice(state: AlertNotice["state"], at: number, held: number): AlertNotice {
    return { state, name: this.name, when: this.when, at, held };
  }
}
