import type { MaxTokensOptions } from "./generated/options.ts";

/** A vocabulary of byte pairs that texts are encoded with. */
export type EncodingName = NonNullable<MaxTokensOptions["encoding"]>;

/** Counts the tokens of texts as one family of models does. What looks like a special token is text as any other. */
export interface Tokenizer {
  count(text: string): number;
  /** The longest beginning of the text that has at most `limit` tokens. */
  cut(text: string, limit: number): string;
}

/** What of the library is used; not its `decode`, which carries parts of a character over from one call to the next. */
interface Encoding {
  readonly coder: Pick<typeof import("gpt-tokenizer/encoding/o200k_base"), "countTokens" | "encode">;
  /** What each token stands for, by its number: a text, or bytes where it is only a part of a character. */
  readonly vocabulary: readonly (string | readonly number[])[];
}

const AS_TEXT = { disallowedSpecial: new Set<string>() };

/**
 * The most characters of one kind that are encoded at once. Byte pairs are merged within a run of letters, of blanks or of
 * signs, and the time that takes grows with the square of its length: 100,000 letters in a row would take seconds.
 */
const LONGEST_RUN = 1000;
const RUN = /[\p{L}\p{M}]+|\p{N}+|\s+|[^\s\p{L}\p{M}\p{N}]+/gu;

/** Loads an encoding: some 100 ms and 60 MB for the largest, which is why only those who count have it loaded. */
export async function loadTokenizer(name: EncodingName): Promise<Tokenizer> {
  const encoding = await loadEncoding(name);
  return {
    count: (text) => piecesOf(text).reduce((sum, piece) => sum + encoding.coder.countTokens(piece, AS_TEXT), 0),
    cut: (text, limit) => cut(text, limit, encoding),
  };
}

async function loadEncoding(name: EncodingName): Promise<Encoding> {
  const [coder, { default: vocabulary }] = await Promise.all(importEncoding(name));
  return { coder, vocabulary };
}

function importEncoding(name: EncodingName) {
  switch (name) {
    case "o200k_base":
      return [import("gpt-tokenizer/encoding/o200k_base"), import("gpt-tokenizer/bpeRanks/o200k_base")] as const;
    case "cl100k_base":
      return [import("gpt-tokenizer/encoding/cl100k_base"), import("gpt-tokenizer/bpeRanks/cl100k_base")] as const;
    case "p50k_base":
      return [import("gpt-tokenizer/encoding/p50k_base"), import("gpt-tokenizer/bpeRanks/p50k_base")] as const;
    case "r50k_base":
      return [import("gpt-tokenizer/encoding/r50k_base"), import("gpt-tokenizer/bpeRanks/r50k_base")] as const;
  }
}

/** The text in pieces without a run that is too long; a text without one, as nearly all are, is one piece. */
function piecesOf(text: string): readonly string[] {
  if (text.length <= LONGEST_RUN) return [text];
  const pieces: string[] = [];
  let start = 0;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    for (let end = index + LONGEST_RUN; end < index + run.length; end += LONGEST_RUN) {
      const boundary = isInsidePair(text, end) ? end - 1 : end;
      pieces.push(text.slice(start, boundary));
      start = boundary;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}

function isInsidePair(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function cut(text: string, limit: number, encoding: Encoding): string {
  let kept = "";
  let left = limit;
  for (const piece of piecesOf(text)) {
    const tokens = encoding.coder.encode(piece, AS_TEXT);
    if (tokens.length > left) return kept + cutPiece(piece, tokens, left, encoding);
    kept += piece;
    left -= tokens.length;
  }
  return kept;
}

/** A token may be a part of a character, and what is left may have more tokens on its own than it had before its end. */
function cutPiece(piece: string, tokens: readonly number[], limit: number, { coder, vocabulary }: Encoding): string {
  let bytes = tokens.slice(0, limit).reduce((sum, token) => sum + sizeOf(vocabulary[token]), 0);
  for (let length = limit; length > 0; length--) {
    const text = piece.slice(0, charactersIn(piece, bytes));
    if (coder.countTokens(text, AS_TEXT) <= limit) return text;
    bytes -= sizeOf(vocabulary[tokens[length - 1] ?? -1]);
  }
  return "";
}

/** The bytes of a token in UTF-8. */
function sizeOf(token: string | readonly number[] = ""): number {
  return typeof token === "string" ? Buffer.byteLength(token) : token.length;
}

/** How many UTF-16 units of the text its whole characters within the first `bytes` bytes of UTF-8 take. */
function charactersIn(text: string, bytes: number): number {
  let left = bytes;
  let length = 0;
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    length += character.length;
  }
  return length;
}
