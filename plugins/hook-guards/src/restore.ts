import { type Hook, type HookContext, type HookOutcome, modify } from "@llmspell/hooks";
import { patchStrings } from "./data-strings.ts";
import { type RestoreOptions, restoreOptionsDefaults } from "./generated/options.ts";
import { splitAtTokens, type TokenVault, vaultOf } from "./token-vault.ts";

/**
 * Puts back what `redact` with `reversible: true` has replaced by tokens earlier in the same scope: in an answer of the
 * LLM, or in what a tool is called with. A token of another scope, or one that somebody made up, stays as it is.
 */
export class Restore implements Hook {
  readonly #fields: readonly string[];
  #restored = 0;
  #unknown = 0;

  constructor({ fields = [...restoreOptionsDefaults.fields] }: RestoreOptions = {}) {
    this.#fields = fields;
  }

  handle({ data, scope }: HookContext): HookOutcome | undefined {
    const vault = vaultOf(scope);
    const patch = patchStrings(data, this.#fields, (text) => this.#restore(text, vault));
    return patch === undefined ? undefined : modify(patch);
  }

  /** `unknown` are texts that look like tokens of this scope and are none. */
  figures(): Readonly<Record<string, number>> {
    return { restored: this.#restored, unknown: this.#unknown };
  }

  #restore(text: string, vault: TokenVault): string {
    const pieces = splitAtTokens(text);
    if (pieces.length === 1) return text;
    return pieces.map((piece, index) => (index % 2 === 0 ? piece : this.#originalOf(piece, vault))).join("");
  }

  #originalOf(token: string, vault: TokenVault): string {
    const original = vault.originalOf(token);
    if (original === undefined) this.#unknown++;
    else this.#restored++;
    return original ?? token;
  }
}
