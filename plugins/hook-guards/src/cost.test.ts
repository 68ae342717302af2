import { HookManager } from "@llmspell/hooks";
import { describe, expect, it } from "vitest";
import { Cost } from "./cost.ts";

function setUp(cost: Cost) {
  const manager = new HookManager();
  manager.register("after_llm_call", {
    id: "cost",
    mode: "background",
    handler: (context) => cost.handle(context),
    figures: () => cost.figures(),
  });
  const call = (data: Record<string, unknown>) => manager.run("after_llm_call", { data });
  return { call, figures: () => manager.stats()[0]?.hooks[0]?.figures };
}

describe("cost", () => {
  it("adds up tokens and their price", () => {
    const { call, figures } = setUp(
      new Cost({ prices: { small: { input: 0.5, output: 1.5 }, large: { input: 3, output: 15 } }, currency: "EUR" }),
    );
    expect(call({ model: "small", usage: { inputTokens: 2_000_000, outputTokens: 1_000_000 } })).toMatchObject({
      status: "completed",
    });
    void call({ model: "large", usage: { inputTokens: 1000, outputTokens: 200 } });
    expect(figures()).toEqual({
      calls: 2,
      inputTokens: 2_001_000,
      cachedInputTokens: 0,
      outputTokens: 1_000_200,
      costEUR: 2.506,
      callsWithoutUsage: 0,
      unpricedCalls: 0,
    });
  });

  it("prices cached input tokens, which are some of the input tokens, on their own", () => {
    const { call, figures } = setUp(
      new Cost({ prices: { own: { input: 3, cachedInput: 0.3, output: 0 }, same: { input: 3, output: 0 } } }),
    );
    const usage = { inputTokens: 1_000_000, cachedInputTokens: 900_000, outputTokens: 0 };
    void call({ model: "own", usage });
    expect(figures()).toMatchObject({ inputTokens: 1_000_000, cachedInputTokens: 900_000, costUSD: 0.57 });
    void call({ model: "same", usage });
    expect(figures()?.["costUSD"]).toBeCloseTo(3.57);
    void call({ model: "own", usage: { inputTokens: 10, cachedInputTokens: 1000, outputTokens: -5 } });
    expect(figures()).toMatchObject({ inputTokens: 2_000_010, cachedInputTokens: 1_800_010, outputTokens: 0 });
  });

  it("shows what it could not price or count", () => {
    const { call, figures } = setUp(new Cost());
    void call({ model: "unknown", usage: { inputTokens: 10, outputTokens: Number.NaN } });
    void call({ model: "unknown" });
    expect(figures()).toMatchObject({
      calls: 2,
      inputTokens: 10,
      outputTokens: 0,
      costUSD: 0,
      callsWithoutUsage: 1,
      unpricedCalls: 1,
    });
  });
});
