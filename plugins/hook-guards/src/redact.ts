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
    for (const [name, detector] of this.#detectors) {
      result = result.replace(detector.pattern, (match) => this.#mark(name, match, detector));
    }
    return result;
  }

  /** How much has been replaced so far, by what it was. */
  figures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #mark(name: string, match: string, { confirm }: Detector): string {
    const confirmed = confirm === undefined ? match : confirm(match);
    if (confirmed === "") return match;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return `[redacted:${name}]${match.slice(confirmed.length)}`;
  }
}

function compile(name: string, source: string): RegExp {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, "gu");
  } catch (error) {
    throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ name, problem: messageOf(error) }, { cause: error });
  }
  if (!new RegExp(source, "u").test("")) return pattern;
  throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ name, problem: "it matches the empty text" });
}
