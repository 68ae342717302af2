import { messageOf } from "@llmspell/base";
import { type Hook, type HookContext, type HookOutcome, modify } from "@llmspell/hooks";
import { patchStrings } from "./data-strings.ts";
import { type Detector, detectors } from "./detectors.ts";
import { guardErrors } from "./errors.ts";
import { type RedactOptions, redactOptionsDefaults } from "./generated/options.ts";

/** Replaces secrets and personal data in strings by marks: `[redacted:email]`. */
export class Redact implements Hook {
  readonly #fields: readonly string[] | undefined;
  readonly #detectors: ReadonlyMap<string, Detector>;
  readonly #counts = new Map<string, number>();

  /** @throws LLMSPELL_E_HOOK_GUARD_PATTERN */
  constructor({ fields, detect = [...redactOptionsDefaults.detect], patterns = {} }: RedactOptions = {}) {
    const own = Object.entries(patterns).map(([name, source]) => [name, { pattern: compile(name, source) }] as const);
    const builtIn = Object.entries(detectors).filter(([name]) => detect.some((wanted) => wanted === name));
    this.#fields = fields;
    this.#detectors = new Map([...own, ...builtIn]);
  }

  handle({ data }: HookContext): HookOutcome | undefined {
    const patch = patchStrings(data, this.#fields, (text) => this.redact(text));
    return patch === undefined ? undefined : modify(patch);
  }

  /** One text with everything sensitive in it replaced. */
  redact(text: string): string {
    let result = text;
    for (const [name, detector] of this.#detectors) result = this.#replace(name, result, detector);
    return result;
  }

  /** How much has been replaced so far, by what it was. */
  figures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #replace(name: string, text: string, { pattern, confirm }: Detector): string {
    let result = "";
    let done = 0;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const found = confirm === undefined ? match[0] : confirm(match[0]);
      if (found === "") {
        // By a whole code point, or a pattern with the flag `u` would find the same place again.
        pattern.lastIndex = match.index + ((text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1);
        continue;
      }
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
      result += `${text.slice(done, match.index)}[redacted:${name}]`;
      done = match.index + found.length;
      pattern.lastIndex = done;
    }
    return result + text.slice(done);
  }
}

function compile(name: string, source: string): RegExp {
  if (Object.hasOwn(detectors, name)) {
    throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ name, problem: "what is built in has this name" });
  }
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, "gu");
  } catch (error) {
    throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ name, problem: messageOf(error) }, { cause: error });
  }
  if (!new RegExp(source, "u").test("")) return pattern;
  throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ name, problem: "it matches the empty text" });
}
