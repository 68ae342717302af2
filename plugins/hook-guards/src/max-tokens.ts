import { cancel, type Hook, type HookContext, type HookData, type HookOutcome, modify } from "@llmspell/hooks";
import { patchStrings, stringsOf } from "./data-strings.ts";
import { type MaxTokensOptions, maxTokensOptionsDefaults } from "./generated/options.ts";
import { tokensOf, trimMessages } from "./message-trimming.ts";
import { type EncodingName, loadTokenizer, type Tokenizer } from "./tokenizer.ts";

/** Counts tokens, and stops, shortens or flags what has too many. */
export class MaxTokens implements Hook {
  readonly #limit: number;
  readonly #encoding: EncodingName;
  readonly #fields: readonly string[];
  readonly #action: "cancel" | "truncate" | "flag";
  /** Undefined until the first call has loaded it. */
  #tokenizer: Tokenizer | undefined;
  /** The tokens of messages that cannot change: a chat brings its earlier ones with every call. */
  readonly #counted = new WeakMap<object, number>();
  #checked = 0;
  #tokens = 0;
  #maxTokens = 0;
  #exceeded = 0;
  #droppedMessages = 0;
  #cutTexts = 0;

  constructor(options: MaxTokensOptions) {
    const { limit, encoding, fields, action } = { ...maxTokensOptionsDefaults, ...options };
    this.#limit = limit;
    this.#encoding = encoding;
    this.#fields = fields;
    this.#action = action;
  }

  /** A promise only until the encoding has been loaded. */
  handle({ data }: HookContext): HookOutcome | undefined | Promise<HookOutcome | undefined> {
    if (this.#tokenizer !== undefined) return this.#check(data, this.#tokenizer);
    return loadTokenizer(this.#encoding).then((tokenizer) => {
      this.#tokenizer = tokenizer;
      return this.#check(data, tokenizer);
    });
  }

  /** `tokens` are all that have been counted, `maxTokens` the most in one call, before anything was shortened. */
  figures(): Readonly<Record<string, number>> {
    return {
      checked: this.#checked,
      tokens: this.#tokens,
      maxTokens: this.#maxTokens,
      exceeded: this.#exceeded,
      droppedMessages: this.#droppedMessages,
      cutTexts: this.#cutTexts,
    };
  }

  #check(data: HookData, tokenizer: Tokenizer): HookOutcome | undefined {
    const tokens = this.#count(data, tokenizer);
    this.#checked++;
    this.#tokens += tokens;
    this.#maxTokens = Math.max(this.#maxTokens, tokens);
    if (tokens <= this.#limit) return undefined;
    this.#exceeded++;
    if (this.#action === "flag") return modify({ maxTokens: { tokens, limit: this.#limit } });
    const patch = this.#action === "truncate" ? this.#shorten(data, tokens, tokenizer) : undefined;
    if (patch !== undefined) return modify(patch);
    return cancel(`There are ${tokens} tokens where ${this.#limit} are allowed.`);
  }

  #count(data: HookData, tokenizer: Tokenizer): number {
    let tokens = 0;
    for (const message of this.#messagesOf(data) ?? []) tokens += this.#tokensOf(message, tokenizer);
    for (const text of stringsOf(data, this.#otherFields(data))) tokens += tokenizer.count(text);
    return tokens;
  }

  #tokensOf(message: unknown, tokenizer: Tokenizer): number {
    if (typeof message !== "object" || message === null || !Object.isFrozen(message))
      return tokensOf(message, tokenizer);
    const known = this.#counted.get(message);
    if (known !== undefined) return known;
    const tokens = tokensOf(message, tokenizer);
    this.#counted.set(message, tokens);
    return tokens;
  }

  /** `undefined` when what may not be shortened is too much already. */
  #shorten(data: HookData, tokens: number, tokenizer: Tokenizer): HookData | undefined {
    const messages = this.#messagesOf(data);
    if (messages === undefined) return this.#cutFields(data, tokenizer);
    const own = messages.reduce<number>((sum, message) => sum + this.#tokensOf(message, tokenizer), 0);
    const trimmed = trimMessages(messages, this.#limit - (tokens - own), tokenizer);
    if (trimmed === undefined) return undefined;
    this.#droppedMessages += trimmed.dropped;
    this.#cutTexts += trimmed.cut;
    return { messages: trimmed.messages };
  }

  /** Keeps what comes first. */
  #cutFields(data: HookData, tokenizer: Tokenizer): HookData | undefined {
    let left = this.#limit;
    return patchStrings(data, this.#fields, (text) => {
      const shorter = tokenizer.cut(text, left);
      left -= tokenizer.count(shorter);
      if (shorter !== text) this.#cutTexts++;
      return shorter;
    });
  }

  #messagesOf({ messages }: HookData): readonly unknown[] | undefined {
    return this.#fields.includes("messages") && Array.isArray(messages) ? messages : undefined;
  }

  #otherFields(data: HookData): readonly string[] {
    return this.#messagesOf(data) === undefined ? this.#fields : this.#fields.filter((field) => field !== "messages");
  }
}
