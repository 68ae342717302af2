import {
  cancel,
  type Hook,
  type HookContext,
  type HookData,
  type HookOutcome,
  isPlainObject,
  modify,
} from "@llmspell/hooks";
import { stringsOf } from "./data-strings.ts";
import { type PromptInjectionOptions, promptInjectionOptionsDefaults } from "./generated/options.ts";
import { scoreInjection } from "./injection-signals.ts";
import { cancelUncheckable } from "./uncheckable.ts";

/** Roles of messages that the operator writes; they instruct the LLM by right. */
const TRUSTED_ROLES: ReadonlySet<unknown> = new Set(["system", "developer"]);

/** Stops, or flags as `data.promptInjection`, input that tries to give the LLM instructions. */
export class PromptInjection implements Hook {
  readonly #fields: readonly string[] | undefined;
  readonly #threshold: number;
  readonly #action: "cancel" | "flag";
  #checked = 0;
  #detected = 0;
  #withoutText = 0;

  constructor({
    fields,
    threshold = promptInjectionOptionsDefaults.threshold,
    action = promptInjectionOptionsDefaults.action,
  }: PromptInjectionOptions = {}) {
    this.#fields = fields;
    this.#threshold = threshold;
    this.#action = action;
  }

  handle({ data }: HookContext): HookOutcome | undefined {
    this.#checked++;
    return cancelUncheckable(() => this.#check(data));
  }

  #check(data: HookData): HookOutcome | undefined {
    const texts = [...stringsOf(data, this.#fields, operatorMessages(data))];
    if (texts.length === 0) this.#withoutText++;
    const { score, signals } = scoreInjection(texts);
    if (score < this.#threshold) return undefined;
    this.#detected++;
    if (this.#action === "flag") return modify({ promptInjection: { score, signals } });
    return cancel(`The input looks like a prompt injection (score ${score}: ${signals.join(", ")}).`);
  }

  /** `withoutText` are calls with nothing to look at: where it is all of them, `fields` are most likely misspelt. */
  figures(): Readonly<Record<string, number>> {
    return { checked: this.#checked, withoutText: this.#withoutText, detected: this.#detected };
  }
}

/** Only items of `data.messages` itself: a role that stands anywhere else is text that somebody wrote. */
function operatorMessages({ messages }: HookData): ReadonlySet<unknown> {
  const items: readonly unknown[] = Array.isArray(messages) ? messages : [];
  return new Set(items.filter((item) => isPlainObject(item) && TRUSTED_ROLES.has(item["role"])));
}
