import type { Hook, HookContext, HookData, HookOutcome } from "@llmspell/hooks";
import { stringsOf } from "./data-strings.ts";
import { type RegexOptions, regexOptionsDefaults } from "./generated/options.ts";
import { type GuardAction, objection } from "./guard-action.ts";
import { LinearPattern } from "./linear-pattern.ts";

/** Objects to texts that contain what must not be in them, or lack what must. */
export class Regex implements Hook {
  readonly #allow: readonly LinearPattern[];
  readonly #deny: ReadonlyMap<string, LinearPattern>;
  readonly #fields: readonly string[] | undefined;
  readonly #action: GuardAction;
  readonly #denials: Map<string, number>;
  #checked = 0;
  #notAllowed = 0;

  /** @throws LLMSPELL_E_HOOK_GUARD_PATTERN */
  constructor(options: RegexOptions) {
    const { allow = {}, deny = {}, ignoreCase, fields, action } = { ...regexOptionsDefaults, ...options };
    this.#allow = [...compile(allow, ignoreCase).values()];
    this.#deny = compile(deny, ignoreCase);
    this.#fields = fields;
    this.#action = action;
    this.#denials = new Map([...this.#deny.keys()].map((name) => [name, 0]));
  }

  handle({ data }: HookContext): HookOutcome | undefined {
    this.#checked++;
    const texts = [...stringsOf(data, this.#fields)];
    const denied = this.#deniedIn(texts);
    const isAllowed = this.#allows(texts);
    if (denied.length === 0 && isAllowed) return undefined;
    for (const name of denied) this.#denials.set(name, (this.#denials.get(name) ?? 0) + 1);
    if (!isAllowed) this.#notAllowed++;
    const reasons = [
      ...(denied.length === 0 ? [] : [`contains what is denied (${denied.join(", ")})`]),
      ...(isAllowed ? [] : ["matches no pattern that is allowed"]),
    ];
    return objection(this.#action, `A text ${reasons.join(" and ")}.`, { regex: flagOf(denied, isAllowed) });
  }

  /** `denied_NAME` is how many calls the pattern of this name was found in. */
  figures(): Readonly<Record<string, number>> {
    const denials = [...this.#denials].map(([name, count]) => [`denied_${name}`, count]);
    return { checked: this.#checked, notAllowed: this.#notAllowed, ...Object.fromEntries(denials) };
  }

  #deniedIn(texts: readonly string[]): readonly string[] {
    return [...this.#deny].filter(([, pattern]) => texts.some((text) => pattern.isIn(text))).map(([name]) => name);
  }

  /** Where there is no text, nothing has been allowed. */
  #allows(texts: readonly string[]): boolean {
    if (this.#allow.length === 0) return true;
    return texts.length > 0 && texts.every((text) => this.#allow.some((pattern) => pattern.isIn(text)));
  }
}

function compile(patterns: Readonly<Record<string, string>>, ignoreCase: boolean): ReadonlyMap<string, LinearPattern> {
  const entries = Object.entries(patterns);
  return new Map(
    entries.map(([name, source]) => [name, new LinearPattern(source, { hook: "regex", name, ignoreCase })]),
  );
}

function flagOf(denied: readonly string[], isAllowed: boolean): HookData {
  const found = Object.fromEntries(denied.map((name) => [name, "denied"]));
  return isAllowed ? found : { ...found, allow: "not matched" };
}
