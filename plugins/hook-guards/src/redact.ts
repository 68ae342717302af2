import { type Random, systemRandom } from "@llmspell/base";
import { type Hook, type HookContext, type HookOutcome, modify } from "@llmspell/hooks";
import { patchStrings } from "./data-strings.ts";
import { detectors, findSensitive } from "./detectors.ts";
import { guardErrors } from "./errors.ts";
import { type RedactOptions, redactOptionsDefaults } from "./generated/options.ts";
import { LinearPattern } from "./linear-pattern.ts";
import type { Span } from "./span.ts";
import { splitAtTokens, type TokenVault, vaultOf } from "./token-vault.ts";

/** What `Redact` takes from outside. */
export interface RedactDependencies {
  /** Makes the tokens of `reversible`; the system's unless given. */
  readonly random?: Random | undefined;
}

/** Finds one sort of sensitive text. */
interface Finder {
  readonly sort: string;
  readonly find: (text: string) => readonly Span[];
}

/** Gives what stands in the place of a value. */
type Mark = (sort: string, value: string) => string;

/** Replaces secrets and personal data in strings: by marks, `[redacted:email]`, or by tokens that `Restore` can put back. */
export class Redact implements Hook {
  readonly #fields: readonly string[] | undefined;
  readonly #finders: readonly Finder[];
  readonly #isReversible: boolean;
  readonly #random: Random;
  readonly #counts = new Map<string, number>();

  /** @throws LLMSPELL_E_HOOK_GUARD_PATTERN */
  constructor(options: RedactOptions = {}, { random = systemRandom }: RedactDependencies = {}) {
    const { fields, detect, patterns = {}, reversible } = { ...redactOptionsDefaults, ...options };
    const own = Object.entries(patterns).map(([sort, source]) => ({ sort, find: finderOf(sort, source) }));
    const builtIn = Object.entries(detectors)
      .filter(([sort]) => detect.some((wanted) => wanted === sort))
      .map(([sort, detector]) => ({ sort, find: (text: string) => findSensitive(detector, text) }));
    this.#fields = fields;
    this.#finders = [...own, ...builtIn];
    this.#isReversible = reversible;
    this.#random = random;
  }

  handle({ data, scope }: HookContext): HookOutcome | undefined {
    const vault = this.#isReversible ? vaultOf(scope) : undefined;
    const patch = patchStrings(data, this.#fields, (text) => this.#redact(text, vault));
    return patch === undefined ? undefined : modify(patch);
  }

  /** How much has been replaced so far, by what it was. */
  figures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #redact(text: string, vault: TokenVault | undefined): string {
    const mark: Mark =
      vault === undefined ? (sort) => `[redacted:${sort}]` : (sort, value) => vault.tokenFor(sort, value, this.#random);
    // At even places what is to be looked at, at odd ones what has been replaced, here or earlier in this scope.
    let pieces = vault === undefined ? [text] : splitAtKnown(text, vault);
    for (const finder of this.#finders) {
      pieces = pieces.flatMap((piece, index) => (index % 2 === 0 ? this.#replace(piece, finder, mark) : [piece]));
    }
    return pieces.length === 1 ? text : pieces.join("");
  }

  /** The text in pieces: at odd places the marks of what was found. */
  #replace(text: string, { sort, find }: Finder, mark: Mark): string[] {
    const spans = find(text);
    if (spans.length === 0) return [text];
    this.#counts.set(sort, (this.#counts.get(sort) ?? 0) + spans.length);
    const pieces: string[] = [];
    let done = 0;
    for (const { start, end } of spans) {
      pieces.push(text.slice(done, start), mark(sort, text.slice(start, end)));
      done = end;
    }
    pieces.push(text.slice(done));
    return pieces;
  }
}

/** At odd places the tokens of the vault; what only looks like one is text as any other. */
function splitAtKnown(text: string, vault: TokenVault): string[] {
  const known: string[] = [""];
  splitAtTokens(text).forEach((piece, index) => {
    if (index % 2 === 1 && vault.originalOf(piece) !== undefined) known.push(piece, "");
    else known.push(`${known.pop() ?? ""}${piece}`);
  });
  return known;
}

function finderOf(name: string, source: string): Finder["find"] {
  const place = { hook: "redact", name };
  if (Object.hasOwn(detectors, name)) {
    throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ ...place, problem: "what is built in has this name" });
  }
  const pattern = new LinearPattern(source, place);
  if (!pattern.isIn("")) return (text) => pattern.spansIn(text);
  throw guardErrors.LLMSPELL_E_HOOK_GUARD_PATTERN({ ...place, problem: "it matches the empty text" });
}
