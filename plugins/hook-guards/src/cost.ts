import { type Hook, type HookContext, isPlainObject } from "@llmspell/hooks";
import { type CostOptions, costOptionsDefaults, type ModelPrice } from "./generated/options.ts";

const MILLION = 1_000_000;

/**
 * Counts the tokens of LLM calls, as `data.usage` has them after a call, and what `data.model` takes for them. Cached tokens
 * are a part of the input tokens.
 */
export class Cost implements Hook {
  readonly #prices: ReadonlyMap<string, ModelPrice>;
  readonly #currency: string;
  #calls = 0;
  #inputTokens = 0;
  #cachedInputTokens = 0;
  #outputTokens = 0;
  #cost = 0;
  #callsWithoutUsage = 0;
  #unpricedCalls = 0;

  constructor({ prices = {}, currency = costOptionsDefaults.currency }: CostOptions = {}) {
    this.#prices = new Map(Object.entries(prices));
    this.#currency = currency;
  }

  handle({ data: { usage, model } }: HookContext): undefined {
    this.#calls++;
    const input = tokensIn(usage, "inputTokens");
    const cached = tokensIn(usage, "cachedInputTokens") ?? 0;
    const output = tokensIn(usage, "outputTokens");
    if (input === undefined && output === undefined) {
      this.#callsWithoutUsage++;
      return;
    }
    const tokens = { input: input ?? 0, cached: Math.min(cached, input ?? 0), output: output ?? 0 };
    this.#inputTokens += tokens.input;
    this.#cachedInputTokens += tokens.cached;
    this.#outputTokens += tokens.output;
    const price = typeof model === "string" ? this.#prices.get(model) : undefined;
    if (price === undefined) this.#unpricedCalls++;
    else this.#cost += priceOf(tokens, price);
  }

  /** `costUSD` is named by the currency; calls without usage or price are in `calls` too, and cost nothing here. */
  figures(): Readonly<Record<string, number>> {
    return {
      calls: this.#calls,
      inputTokens: this.#inputTokens,
      cachedInputTokens: this.#cachedInputTokens,
      outputTokens: this.#outputTokens,
      [`cost${this.#currency}`]: this.#cost,
      callsWithoutUsage: this.#callsWithoutUsage,
      unpricedCalls: this.#unpricedCalls,
    };
  }
}

function priceOf(
  tokens: { readonly input: number; readonly cached: number; readonly output: number },
  { input, cachedInput = input, output }: ModelPrice,
): number {
  return ((tokens.input - tokens.cached) * input + tokens.cached * cachedInput + tokens.output * output) / MILLION;
}

function tokensIn(usage: unknown, key: string): number | undefined {
  const tokens = isPlainObject(usage) ? usage[key] : undefined;
  return typeof tokens === "number" && tokens >= 0 && Number.isFinite(tokens) ? tokens : undefined;
}
