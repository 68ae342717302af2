import { describe, expect, it } from "vitest";
import analyze from "./analyzer-module.ts";

const ISSUE = `The importer crashes when a spreadsheet has an empty column. We saw this on March 3rd 2024 and lost $500 of work.
The importer should skip an empty column instead of a crash. See https://example.com/log or write to dev@example.com.
I am very unhappy with this terrible crash. Thanks!`;

describe("the analyzer module", () => {
  it("tells language, entities, sentiment, key sentences and keywords of an English text", async () => {
    const analysis = await analyze({ text: ISSUE, maxSentences: 2 });
    expect(analysis).toMatchObject({ language: "en", sentences: 6 });
    expect(analysis.entities).toEqual([
      { text: "March 3rd 2024", type: "DATE" },
      { text: "$500", type: "MONEY" },
      { text: "https://example.com/log", type: "URL" },
      { text: "dev@example.com", type: "EMAIL" },
    ]);
    expect(analysis.sentiment).toBeLessThan(-0.05);
    expect(analysis.sentiment).toBeGreaterThanOrEqual(-1);
    expect(analysis.keySentences).toHaveLength(2);
    for (const sentence of analysis.keySentences) expect(ISSUE).toContain(sentence);
    expect(analysis.keySentences[0]).toContain("importer");
    expect(analysis.keywords.slice(0, 2)).toEqual(["crashes", "importer"]);
  });

  it("judges a good text better than a bad one", async () => {
    const { sentiment: praise } = await analyze({ text: "This release is wonderful, I love it!" });
    expect(praise).toBeGreaterThan(0.1);
    const { sentiment: complaint } = await analyze({ text: "This release is horrible, I hate it!" });
    expect(complaint).toBeLessThan(-0.1);
  });

  it.each([
    ["de", "Das Programm stürzt beim Starten ab, und ich weiß nicht warum."],
    ["fr", "Le programme plante au démarrage et je ne sais pas pourquoi."],
    ["es", "El programa falla al iniciar y no sé por qué ocurre esto."],
    ["ja", "プログラムが起動時にクラッシュします。"],
  ])("tells that a text is in %s, and does not judge it", async (language, text) => {
    expect(await analyze({ text })).toMatchObject({ language, sentiment: 0 });
  });

  it("says `und` where the language cannot be told", async () => {
    for (const text of ["", "   ", "LGTM", "12345 67890", "👍"]) expect((await analyze({ text })).language).toBe("und");
  });

  it("counts the sentences of a text that has no blanks between them", async () => {
    expect(await analyze({ text: "程序启动时崩溃。我不知道为什么。" })).toMatchObject({ language: "zh", sentences: 2 });
  });

  it("takes an empty text", async () => {
    expect(await analyze({ text: "" })).toMatchObject({
      tokens: 0,
      entities: [],
      sentiment: 0,
      keySentences: [],
      keywords: [],
    });
  });
});
