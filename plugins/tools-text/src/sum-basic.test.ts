import { describe, expect, it } from "vitest";
import { sumBasic, wordCounts } from "./sum-basic.ts";

describe("sumBasic", () => {
  const sentences = [
    ["crash", "start", "app"],
    ["crash", "start", "app", "slowly"],
    ["thanks"],
    ["memory", "leak", "windows"],
  ];

  it("takes the sentence of the most frequent words first, then one that says something else", () => {
    expect(sumBasic(sentences, 1)).toEqual([0]);
    expect(sumBasic(sentences, 2)).toEqual([0, 3]);
  });

  it("leaves out sentences of few words, where there are others, and gives no more than there are", () => {
    expect(sumBasic(sentences, 9)).toEqual([0, 1, 3]);
    expect(sumBasic([["thanks"], [], ["bye"]], 9)).toEqual([0, 2]);
    expect(sumBasic([[]], 3)).toEqual([]);
  });

  it("counts words, most frequent first", () => {
    expect([...wordCounts(sentences)].slice(0, 4)).toEqual([
      ["crash", 2],
      ["start", 2],
      ["app", 2],
      ["slowly", 1],
    ]);
  });
});
