import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { salientSentences } from "./salient-sentences.ts";

const REPORT = `Hello everybody. The parser drops the last token of a file without a line end. I like this project a lot.
When the parser reads such a file, the last token stays in the buffer. Thanks in advance!`;

describe("salient sentences", () => {
  it("are those whose frequent words stand close together, in the order of the text", () => {
    expect(salientSentences(REPORT, 2)).toEqual([
      "The parser drops the last token of a file without a line end.",
      "When the parser reads such a file, the last token stays in the buffer.",
    ]);
  });

  it("weigh the square of a cluster's significant words over its length", () => {
    // "alpha" and "beta" are significant. 2² / 2 = 2; then 2² / 6 for four words between; then 1 for each alone.
    const close = "Alpha beta.";
    const apart = "Alpha one two three four beta five.";
    const far = "Alpha six seven eight nine ten beta.";
    expect(salientSentences(`${far} ${apart} ${close}`, 1)).toEqual([close]);
    expect(salientSentences(`${apart} ${far}`, 1)).toEqual([far]);
  });

  it("count all words but stop words where none occurs twice", () => {
    expect(salientSentences("It is what it is. Compilers translate programs.", 1)).toEqual([
      "Compilers translate programs.",
    ]);
  });

  it("say nothing twice", () => {
    expect(salientSentences("Build failed. BUILD   FAILED! Build failed.", 3)).toEqual(["Build failed."]);
  });

  it("are none where there are no words", () => {
    expect(salientSentences(" ... \n --- ", 3)).toEqual([]);
  });

  it("are found in a text without any end", () => {
    const words = Array.from({ length: 900_000 }, (_, index) => (index % 6 === 0 ? "word" : "the"));
    expect(salientSentences(words.join(" "), 1)).toHaveLength(1);
  });

  it("are never more than asked for, and every one is a part of the text", () => {
    fc.assert(
      fc.property(fc.lorem({ mode: "sentences", maxCount: 8 }), fc.integer({ min: 1, max: 5 }), (text, limit) => {
        const chosen = salientSentences(text, limit);
        expect(chosen.length).toBeGreaterThan(0);
        expect(chosen.length).toBeLessThanOrEqual(limit);
        for (const sentence of chosen) expect(text).toContain(sentence);
        expect(salientSentences(text, limit)).toEqual(chosen);
      }),
    );
  });
});
