import type { Random } from "@llmspell/base";
import { randomLetters } from "./random-letters.ts";

/** Letters of a token's random part: 26⁹ are 42 bits, so that a text full of guesses hits none. */
const LENGTH = 9;

/** What a token looks like; whether it is one, only a vault knows. */
const TOKEN = /\[redacted:[a-z][a-z0-9_]{0,99}:[a-z]{9}\]/g;

/**
 * What was replaced by tokens in one chat, or in one run of a pipeline. Tokens consist of letters so that no detector of
 * numbers finds one inside them.
 */
export class TokenVault {
  readonly #tokens = new Map<string, string>();
  readonly #originals = new Map<string, string>();

  /** The token of a value; the same one whenever it is asked for the same sort and value. */
  tokenFor(sort: string, value: string, random: Random): string {
    const key = `${sort}:${value}`;
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    const token = this.#newToken(sort, random);
    this.#tokens.set(key, token);
    this.#originals.set(token, value);
    return token;
  }

  /** What a token of this vault stands for; `undefined` for every other text. */
  originalOf(token: string): string | undefined {
    return this.#originals.get(token);
  }

  #newToken(sort: string, random: Random): string {
    for (;;) {
      const token = `[redacted:${sort}:${randomLetters(LENGTH, random)}]`;
      if (!this.#originals.has(token)) return token;
    }
  }
}

const vaults = new WeakMap<object, TokenVault>();

/** The vault of a scope; made when it is first asked for, and gone with the scope. */
export function vaultOf(scope: object): TokenVault {
  const known = vaults.get(scope);
  if (known !== undefined) return known;
  const vault = new TokenVault();
  vaults.set(scope, vault);
  return vault;
}

/** The text in pieces: at even places what is no token, at odd ones what looks like one. */
export function splitAtTokens(text: string): readonly string[] {
  const pieces: string[] = [];
  let done = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    pieces.push(text.slice(done, index), token);
    done = index + token.length;
  }
  pieces.push(text.slice(done));
  return pieces;
}
