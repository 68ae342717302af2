/** What can be told of a regular expression without running it. */
export interface PatternShape {
  /** The one text that it matches. */
  readonly type?: string | undefined;
  /** What every text that it matches begins with. */
  readonly prefix?: string | undefined;
  /** What every text that it matches ends with. */
  readonly suffix?: string | undefined;
  /** Whether prefix and suffix say all that the expression says, so that it need not be run. */
  readonly isComplete: boolean;
}

const UNKNOWN: PatternShape = { isComplete: false };

/** What a reader of JavaScript's syntax misreads in RE2's: flags in a group, classes in a class, a class that begins with `]`. */
const MISLEADING = /\(\?[A-Za-z-]|\[:|\[\^?\]/;

/** One piece of an expression: a character that stands for itself, `.*`, or anything else. */
type Token = { readonly literal: string } | "anything" | "other";

/**
 * The literals that an expression is anchored with. Reads only what it is sure of: for the rest it says that it does not
 * know, and the expression has to be run.
 *
 * @param flags any other than `u`, `s` and `d` change what literals or anchors mean
 */
export function shapeOf(source: string, flags: string): PatternShape {
  if (/[^usd]/.test(flags) || MISLEADING.test(source)) return UNKNOWN;
  const isAnchoredAtStart = source.startsWith("^");
  const isAnchoredAtEnd = /(?:^|[^\\])(?:\\\\)*\$$/.test(source);
  const tokens = tokensOf(source.slice(isAnchoredAtStart ? 1 : 0, isAnchoredAtEnd ? -1 : undefined));
  if (tokens === undefined) return UNKNOWN;
  const head = isAnchoredAtStart ? literalsOf(tokens) : "";
  const tail = isAnchoredAtEnd ? reversed(literalsOf(tokens.toReversed())) : "";
  if (tokens.length === head.length && isAnchoredAtStart && isAnchoredAtEnd) {
    return head === "" ? UNKNOWN : { type: head, isComplete: true };
  }
  return {
    prefix: head === "" ? undefined : head,
    suffix: tail === "" ? undefined : tail,
    isComplete: isComplete(tokens, { head, tail, isAnchoredAtStart, isAnchoredAtEnd, dotIsAll: flags.includes("s") }),
  };
}

interface Ends {
  readonly head: string;
  readonly tail: string;
  readonly isAnchoredAtStart: boolean;
  readonly isAnchoredAtEnd: boolean;
  readonly dotIsAll: boolean;
}

/**
 * A prefix alone, or a suffix alone, with at most a `.*` towards the open end. Such a `.*` is checked where it ends at an
 * anchor, because a dot leaves out line breaks; where the end is open it may as well match nothing.
 */
function isComplete(tokens: readonly Token[], ends: Ends): boolean {
  const { head, tail, isAnchoredAtStart, isAnchoredAtEnd, dotIsAll } = ends;
  const rest = tokens.length - head.length - tail.length;
  if (isAnchoredAtStart && isAnchoredAtEnd) {
    const isOnePart = (head === "") !== (tail === "");
    return dotIsAll && isOnePart && rest === 1 && (head === "" ? tokens[0] : tokens.at(-1)) === "anything";
  }
  if (isAnchoredAtStart) return rest === 0 || (rest === 1 && tokens.at(-1) === "anything");
  return isAnchoredAtEnd && (rest === 0 || (rest === 1 && tokens[0] === "anything"));
}

/** The literals at the beginning. */
function literalsOf(tokens: readonly Token[]): string {
  const end = tokens.findIndex((token) => typeof token === "string");
  return (end === -1 ? tokens : tokens.slice(0, end))
    .map((token) => (typeof token === "string" ? "" : token.literal))
    .join("");
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}

/** A class, an escape, or a single character; groups are taken whole by counting parentheses. */
const PIECE = /\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\.|./gsu;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/u;

/** `undefined` when the expression has alternatives or anchors inside, so that its ends need not be literal. */
function tokensOf(body: string): Token[] | undefined {
  const tokens: Token[] = [];
  let depth = 0;
  let index = 0;
  while (index < body.length) {
    PIECE.lastIndex = index;
    const piece = PIECE.exec(body)?.[0] ?? "";
    index += piece.length;
    if (depth === 0 && /^[|^$]$/.test(piece)) return undefined;
    if (piece === "(") depth++;
    if (piece === ")") depth--;
    if (depth > 0) continue;
    const quantifier = QUANTIFIER.exec(body.slice(index))?.[0] ?? "";
    index += quantifier.length;
    tokens.push(tokenOf(piece, quantifier));
  }
  return tokens;
}

function tokenOf(piece: string, quantifier: string): Token {
  if (piece === "." && quantifier === "*") return "anything";
  if (quantifier !== "" || piece === "." || piece === ")" || piece.startsWith("[")) return "other";
  if (!piece.startsWith("\\")) return /^[\x20-\x7e]$/.test(piece) ? { literal: piece } : "other";
  // An escaped letter or digit means something else; an escaped sign means itself.
  return /^\\[!-/:-@[-^`{-~]$/.test(piece) ? { literal: piece.slice(1) } : "other";
}
