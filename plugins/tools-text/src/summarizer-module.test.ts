import fc from "fast-check";
import { describe, expect, it } from "vitest";
import summarize from "./summarizer-module.ts";
import { MOST_SENTENCES } from "./summary.ts";

const COMPUTING = `Anna brought cake to the office on Monday. The meeting began late because of the rain.
Quantum computers solve some problems with qubits that classical computers cannot solve in useful time.
Qubits lose their state through noise, which is why quantum computers need error correction.
The coffee was cold. Classical computers check quantum results, and error correction costs many qubits.
Everybody went home early and liked the cake.`;

const summaryOf = async (text: string) => (await summarize({ text, maxSentences: 1 })).summary;

const words = ["crash", "importer", "column", "empty", "windows", "memory", "leak", "the", "of", "slow", "file", "Dr."];
const sentence = fc
  .tuple(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }), fc.constantFrom(".", "!", "?", "。"))
  .map(([inSentence, end]) => `A ${inSentence.join(" ")}${end}`);
const texts = fc
  .array(fc.tuple(sentence, fc.constantFrom(" ", "\n", "\n\n", "  ")), { maxLength: 12 })
  .map((sentences) => sentences.flat().join(""));

const requests = fc.record(
  {
    text: texts,
    maxSentences: fc.integer({ min: 1, max: 8 }),
    ratio: fc.double({ min: 0.01, max: 1, noNaN: true }),
    maxCharacters: fc.integer({ min: 1, max: 200 }),
  },
  { requiredKeys: ["text"] },
);

describe("the summarizer module", () => {
  it("takes the sentences that the text is about, and leaves out the rest", async () => {
    const { sentences, sentenceCount } = await summarize({ text: COMPUTING });
    expect(sentenceCount).toBe(7);
    expect(sentences.map(({ text }) => text)).toEqual([
      "Quantum computers solve some problems with qubits that classical computers cannot solve in useful time.",
      "Qubits lose their state through noise, which is why quantum computers need error correction.",
      "Classical computers check quantum results, and error correction costs many qubits.",
    ]);
  });

  it.each([
    [
      "German",
      "Gestern war das Wetter schön. Der Importer stürzt bei leeren Spalten ab und verliert die Datei. Der Absturz bei leeren Spalten kam neu. Die Datei vom Importer fehlt dann.",
      "Der Importer stürzt bei leeren Spalten ab und verliert die Datei.",
    ],
    [
      "French",
      "Hier le temps était magnifique. Le programme plante avec une colonne vide et perd le fichier. Une colonne vide suffit. Le fichier du programme manque ensuite.",
      "Le programme plante avec une colonne vide et perd le fichier.",
    ],
    [
      "Russian",
      "Вчера была хорошая погода. Программа падает на пустой колонке и теряет файл. На пустой колонке программа стоит. Файл потом теряет данные.",
      "Программа падает на пустой колонке и теряет файл.",
    ],
    [
      "Chinese",
      "昨天天气很好。程序读取空列时崩溃并丢失文件。空列让程序停止。文件丢失以后无法恢复。",
      "程序读取空列时崩溃并丢失文件。",
    ],
    [
      "Japanese",
      "昨日は天気が良かった。プログラムは空の列でクラッシュしてファイルを失う。空の列がプログラムを止める。ファイルを失うと困る。",
      "プログラムは空の列でクラッシュしてファイルを失う。",
    ],
  ])("finds the central sentence of a %s text", async (_, text, expected) => {
    expect(await summaryOf(text)).toBe(expected);
  });

  it("keeps what stands in the text, in its order, within every bound that is given", async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const { text, maxSentences, ratio, maxCharacters } = request;
        const { summary, sentences, sentenceCount } = await summarize(request);
        expect(sentences.length).toBeLessThanOrEqual(maxSentences ?? (ratio === undefined ? 3 : sentenceCount));
        if (ratio !== undefined) expect(sentences.length).toBeLessThanOrEqual(Math.max(1, ratio * sentenceCount));
        if (maxCharacters !== undefined) expect(summary.length).toBeLessThanOrEqual(maxCharacters);
        expect(sentences.length > 0).toBe(sentenceCount > 0 && (maxCharacters === undefined || summary !== ""));
        let end = 0;
        for (const sentence of sentences) {
          expect(sentence.start).toBeGreaterThanOrEqual(end);
          end = sentence.end;
          expect(text.slice(sentence.start, end)).toBe(sentence.text);
          expect(sentence.score > 0 && sentence.score <= 1).toBe(true);
        }
        expect(summary).toBe(sentences.map(({ text }) => text).join(" "));
        expect(await summarize(request)).toEqual({ summary, sentences, sentenceCount });
      }),
      { numRuns: 200 },
    );
  });

  it("has an end, whatever is asked for", async () => {
    const text = Array.from(
      { length: 400 },
      (_, index) => `Report ${index} names city${index} and river${index}.`,
    ).join(" ");
    expect((await summarize({ text, ratio: 1 })).sentences).toHaveLength(MOST_SENTENCES);
  });

  it("takes a text without words, and an empty one", async () => {
    expect(await summarize({ text: "12345 67890" })).toMatchObject({ summary: "12345 67890", sentenceCount: 1 });
    expect(await summarize({ text: " \n" })).toEqual({ summary: "", sentences: [], sentenceCount: 0 });
  });
});
