import { seededRandom } from "@llmspell/base";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "./tokenizer.ts";

const o200k = await loadTokenizer("o200k_base");

describe("the tokenizer", () => {
  // As OpenAI's tiktoken counts them (its cookbook, "How to count tokens with tiktoken").
  it.each([
    ["r50k_base", "antidisestablishmentarianism", 5],
    ["p50k_base", "antidisestablishmentarianism", 5],
    ["cl100k_base", "antidisestablishmentarianism", 6],
    ["o200k_base", "antidisestablishmentarianism", 6],
    ["cl100k_base", "2 + 2 = 4", 7],
    ["o200k_base", "2 + 2 = 4", 7],
    ["cl100k_base", "お誕生日おめでとう", 9],
    ["o200k_base", "お誕生日おめでとう", 8],
  ] as const)("counts with %s %j: %i", async (encoding, text, tokens) => {
    expect((await loadTokenizer(encoding)).count(text)).toBe(tokens);
  });

  it("takes special tokens for text", () => {
    expect(o200k.count("<|endoftext|>")).toBeGreaterThan(1);
  });

  it("cuts at a limit, at whole characters", () => {
    expect(o200k.cut("2 + 2 = 4", 3)).toBe("2 + ");
    expect(o200k.cut("2 + 2 = 4", 7)).toBe("2 + 2 = 4");
    expect(o200k.cut("anything", 0)).toBe("");
    const family = "👨‍👩‍👧‍👦".repeat(20);
    for (let limit = 0; limit < 60; limit++) {
      const text = o200k.cut(family, limit);
      expect(family.startsWith(text)).toBe(true);
      expect(text).not.toContain("\uFFFD");
      expect(o200k.count(text)).toBeLessThanOrEqual(limit);
    }
  });

  it("cuts any text to a beginning of it that fits, and is not far from the limit", () => {
    const random = seededRandom(5);
    const units = ["Hello", " ", "\n\n", "  ", "世界", "é", "👍", "don't", "12345", "!!", "ÄÖ", "\t"];
    for (let round = 0; round < 200; round++) {
      const text = Array.from({ length: 60 }, () => units[Math.floor(random() * units.length)] ?? "").join("");
      const limit = 1 + Math.floor(random() * 60);
      const shorter = o200k.cut(text, limit);
      expect(text.startsWith(shorter)).toBe(true);
      expect(o200k.count(shorter)).toBeLessThanOrEqual(limit);
      if (shorter !== text) expect(o200k.count(shorter)).toBeGreaterThanOrEqual(limit - 4);
    }
  });

  it.each(["a", " ", "-", "你好世界", "1", "aB", "👍", "\n"])(
    "counts and cuts long texts of %j in linear time",
    (unit) => {
      const text = unit.repeat(Math.ceil(200_000 / unit.length));
      const tokens = o200k.count(text);
      expect(tokens).toBeGreaterThan(0);
      expect(text.startsWith(o200k.cut(text, Math.floor(tokens / 2)))).toBe(true);
    },
    5000,
  );
});
