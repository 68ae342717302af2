import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Sentence, sentencesOf } from "./sentences.ts";
import { loadTextModel, type TextModel } from "./text-model.ts";

let model: TextModel;
beforeAll(async () => {
  model = await loadTextModel(["sbd"]);
});

const read = (text: string): Sentence[] => sentencesOf(text, model.read(text), model);
const textsOf = (text: string) => read(text).map((sentence) => sentence.text);
const wordsOf = (text: string) => read(text).flatMap(({ words }) => words);

/** Whatever may stand in a text, with what ends sentences and does not. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ". ",
        "? ",
        "! ",
        " …",
        "\n",
        "\n\n",
        "\r\n",
        "\u00a0",
        "\u200b",
        "。",
        "！」",
        "“",
        "Dr. ",
        "3.5",
        "a@b.co",
      ),
      fc.lorem({ maxCount: 5 }),
      fc.string({ unit: "binary", maxLength: 6 }),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(""));

describe("sentencesOf", () => {
  it("gives the text's sentences word for word, in order, and loses nothing but white space", () => {
    fc.assert(
      fc.property(texts, (text) => {
        let end = 0;
        let rest = "";
        for (const sentence of read(text)) {
          expect(sentence.start).toBeGreaterThanOrEqual(end);
          rest += text.slice(end, sentence.start);
          end = sentence.start + sentence.text.length;
          expect(text.slice(sentence.start, end)).toBe(sentence.text);
          expect(sentence.text).toBe(sentence.text.trim());
          expect(sentence.words).toHaveLength(sentence.forms.length);
        }
        expect((rest + text.slice(end)).trim()).toBe("");
      }),
      { numRuns: 500 },
    );
  });

  it("knows abbreviations, amounts and headings", () => {
    expect(textsOf("Usage\n\nDr. Smith paid $3.50 (e.g. for tea). He left!")).toEqual([
      "Usage",
      "Dr. Smith paid $3.50 (e.g. for tea).",
      "He left!",
    ]);
  });

  it("parts sentences that have no blank between them, and the words of scripts that have none", () => {
    expect(textsOf("程序启动时崩溃。“我不知道为什么！”他说。")).toEqual([
      "程序启动时崩溃。",
      "“我不知道为什么！”",
      "他说。",
    ]);
    expect(wordsOf("プログラムが起動時にクラッシュします。")).toEqual(
      expect.arrayContaining(["プログラム", "クラッシュ"]),
    );
    expect(wordsOf("Программа падает.")).toEqual(["программа", "падает"]);
  });

  it("takes stems of content words only", () => {
    expect(wordsOf(`Crash ${"b".repeat(50)} ${"b".repeat(51)}!`)).toEqual(["crash", "b".repeat(50)]);
    expect(wordsOf("The importers are crashing on 3 columns, a b c!")).toEqual(["import", "crash", "column"]);
  });

  it.each(["a", "a1", "a'", "(", "。", "」", "漢", "ab. "])("reads 100,000 characters of %o in good time", (piece) => {
    const text = piece.repeat(100_000 / piece.length);
    expect(
      read(text)
        .map((sentence) => sentence.text)
        .join("").length,
    ).toBeGreaterThan(70_000);
  });
});
