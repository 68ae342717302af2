import { type Hook, type HookContext, isPlainObject } from "@llmspell/hooks";
import { type CostOptions, costOptionsDefaults, type ModelPrice } from "./generated/options.ts";

const MILLION = 1_000_000;

/** Counts the tokens of LLM calls, as `data.usage` has them after a call, and what `data.model` takes for them. */
export class Cost implements Hook {
  readonly #prices: ReadonlyMap<string, ModelPrice>;
  readonly #currency: string;
  #calls = 0;
  #inputTokens = 0;
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
    const output = tokensIn(usage, "outputTokens");
    if (input === undefined && output === undefined) {
      this.#callsWithoutUsage++;
      return;
    }
    this.#inputTokens += input ?? 0;
    this.#outputTokens += output ?? 0;
    const price = typeof model === "string" ? this.#prices.get(model) : undefined;
    if (price === undefined) this.#unpricedCalls++;
    else this.#cost += ((input ?? 0) * price.input + (output ?? 0) * price.output) / MILLION;
  }

  /** `costUSD` is named by the currency; calls without usage or price are in `calls` too, and cost nothing here. */
  figures(): Readonly<Record<string, number>> {
    return {
      calls: this.#calls,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      [`cost${this.#currency}`]: this.#cost,
      callsWithoutUsage: this.#callsWithoutUsage,
      unpricedCalls: this.#unpricedCalls,
    };
  }
}

function tokensIn(usage: unknown, key: string): number | undefined {
  const tokens = isPlainObject(usage) ? usage[key] : undefined;
  return typeof tokens === "number" && Number.isFinite(tokens) ? tokens : undefined;
}
