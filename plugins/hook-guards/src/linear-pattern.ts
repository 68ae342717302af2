import { messageOf } from "@llmspell/base";
import { RE2JS } from "re2js";
import { guardErrors } from "./errors.ts";
import type { Span } from "./span.ts";

/** How a pattern is read, and where it stands, for messages. */
export interface PatternSettings {
  /** The hook that it is an option of. */
  readonly hook: string;
  readonly name: string;
  /** Whether capital and small letters are the same; false unless given. */
  readonly ignoreCase?: boolean;
}

/**
 * A regular expression of the user that runs on an automaton (RE2, R. Cox 2007): one search takes time linear in the
 * text, whatever the pattern, so that nobody can stall the process with a text that makes it backtrack.
 */
export class LinearPattern {
  readonly #pattern: RE2JS;

  /** @throws LLMSPELL_E_HOOK_GUARD_PATTERN when it is not valid, or has look-around or back-references */
  constructor(source: string, { hook, name, ignoreCase = false }: PatternSettings) {
    try {
      this.#pattern = RE2JS.compile(RE2JS.translateRegExp(source), ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    } catch (cause) {
      throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ hook, name, problem: messageOf(cause) }, { cause });
    }
  }

  /** Whether the text contains a match. */
  isIn(text: string): boolean {
    return this.#pattern.test(text);
  }

  /** Its matches from left to right, those of no character left out. */
  spansIn(text: string): readonly Span[] {
    if (!this.#pattern.test(text)) return [];
    const matcher = this.#pattern.matcher(text);
    const spans: Span[] = [];
    while (matcher.find()) {
      const span = { start: matcher.start(), end: matcher.end() };
      if (span.end > span.start) spans.push(span);
    }
    return spans;
  }
}
