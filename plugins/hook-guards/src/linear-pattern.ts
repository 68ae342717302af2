import { type Clock, messageOf } from "@llmspell/base";
import { RE2JS } from "re2js";
import { guardErrors } from "./errors.ts";
import type { Span } from "./span.ts";

/** Milliseconds in which all matches in one text are found; 200 KB with a match in every second character take a fifth of it. */
const LONGEST_SEARCH = 1000;

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
  readonly #place: { readonly hook: string; readonly name: string };

  /** @throws LLMSPELL_E_HOOK_GUARD_PATTERN when it is not valid, or has look-around or back-references */
  constructor(source: string, { hook, name, ignoreCase = false }: PatternSettings) {
    this.#place = { hook, name };
    try {
      this.#pattern = compileLinear(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    } catch (cause) {
      throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ hook, name, problem: messageOf(cause) }, { cause });
    }
  }

  /** Whether the text contains a match. */
  isIn(text: string): boolean {
    return this.#pattern.test(text);
  }

  /**
   * Its matches from left to right, those of no character left out. A pattern that looks far ahead behind each match
   * (`x(?:.*y)?`) takes quadratic time over all of them, which is why that time has an end.
   *
   * @throws LLMSPELL_E_HOOK_GUARD_SLOW after a second
   */
  spansIn(text: string, clock: Clock): readonly Span[] {
    if (!this.#pattern.test(text)) return [];
    const deadline = clock.now() + LONGEST_SEARCH;
    const matcher = this.#pattern.matcher(text);
    const spans: Span[] = [];
    while (matcher.find()) {
      if (clock.now() > deadline) {
        throw guardErrors.LLMSPELL_E_HOOK_GUARD_SLOW({ ...this.#place, limit: LONGEST_SEARCH });
      }
      const span = { start: matcher.start(), end: matcher.end() };
      if (span.end > span.start) spans.push(span);
    }
    return spans;
  }
}

/** What `\s` is in JavaScript, and what is left for `\S`, as members of a class. RE2 takes ASCII only. */
const BLANK = String.raw`\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`;
const NOT_BLANK = String.raw`\x00-\x08\x0e-\x1f!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`;

/**
 * Compiles a JavaScript regular expression for RE2. `\s` means in it what it means in JavaScript: else a no-break space, which
 * LLMs like to write, would lead a text past a pattern.
 *
 * @throws what RE2 throws for what it does not know
 */
export function compileLinear(source: string, flags = 0): RE2JS {
  let isInClass = false;
  const translated = source.replace(/\\[\s\S]|[[\]]/g, (token) => {
    if (token === "[") isInClass = true;
    if (token === "]") isInClass = false;
    const members = token === "\\s" ? BLANK : token === "\\S" ? NOT_BLANK : undefined;
    if (members === undefined) return token;
    return isInClass ? members : `[${members}]`;
  });
  return RE2JS.compile(RE2JS.translateRegExp(translated), flags);
}
