import { describe, expect, it } from "vitest";
import { type Bounds, centralSentences } from "./central-sentences.ts";

/** Sentences whose words are all content, a blank between each two. */
function chosen(texts: readonly string[], bounds: Bounds): readonly string[] {
  let start = 0;
  const sentences = texts.map((text) => {
    const words = text.split(" ");
    const sentence = { text, start, words, forms: words };
    start += text.length + 1;
    return sentence;
  });
  return centralSentences(sentences, bounds).map(({ text }) => text);
}

const CRASH = "importer crashes column";
const CRASH_AGAIN = "column importer crashes";
const CRASH_TOO = "importer crashes column often";
const WINDOWS = "windows leaks memory slowly";
const SHORT = "thanks";

describe("centralSentences", () => {
  it("chooses what differs before what is alike", () => {
    const like = ["importer crashes empty column", "importer crashes empty sheet"] as const;
    const other = ["windows file of importer", "windows file vanishes"] as const;
    const texts = [...like, ...other];
    expect(chosen(texts, { maxSentences: 2 })).toEqual([like[0], other[0]]);
    expect(chosen(texts, { maxSentences: 3 })).toEqual([...like, other[0]]);
    expect(chosen(texts, { maxSentences: 4 })).toEqual(texts);
  });

  it("chooses nothing that repeats what is chosen", () => {
    const texts = [CRASH, CRASH_AGAIN, WINDOWS];
    expect(chosen(texts, { maxSentences: 9 })).toEqual([CRASH, WINDOWS]);
  });

  it("leaves out sentences of few words where there are others, and those of none where there are words", () => {
    expect(chosen([SHORT, WINDOWS], { maxSentences: 9 })).toEqual([WINDOWS]);
    expect(chosen([SHORT, "bye"], { maxSentences: 9 })).toEqual([SHORT, "bye"]);
    expect(centralSentences([{ text: "12.", start: 0, words: [], forms: [] }], { maxSentences: 1 })).toHaveLength(1);
    expect(centralSentences([], { maxSentences: 1 })).toEqual([]);
  });

  it("passes over what has no room, to the last character", () => {
    const texts = [CRASH_TOO, WINDOWS];
    const room = CRASH_TOO.length + 1 + WINDOWS.length;
    expect(chosen(texts, { maxSentences: 9, maxCharacters: room })).toEqual(texts);
    expect(chosen(texts, { maxSentences: 9, maxCharacters: room - 1 })).toEqual([CRASH_TOO]);
    expect(chosen(texts, { maxSentences: 9, maxCharacters: WINDOWS.length })).toEqual([WINDOWS]);
    expect(chosen(texts, { maxSentences: 9, maxCharacters: 5 })).toEqual([]);
  });

  it("does not choose the sentence in which a text was cut, where there is another", () => {
    expect(chosen([CRASH, WINDOWS], { maxSentences: 9, truncated: true })).toEqual([CRASH]);
    expect(chosen([WINDOWS], { maxSentences: 9, truncated: true })).toEqual([WINDOWS]);
  });
});
