import { diverseSentences } from "./diverse-sentences.ts";
import { lexRank } from "./lex-rank.ts";
import { SentenceVectors } from "./sentence-vectors.ts";
import type { Sentence } from "./sentences.ts";

/** A sentence needs so many content words to be chosen, where any has them: "Thanks!" says nothing by itself. */
const FEWEST_WORDS = 3;

export interface CentralSentence extends Sentence {
  /** How central it is: 1 for the text's most central sentence, towards 0. */
  readonly score: number;
}

/** How much is chosen; both bounds hold. */
export interface Bounds {
  readonly maxSentences: number;
  /** With a blank between sentences. */
  readonly maxCharacters?: number | undefined;
  /** That the last sentence may be half of one: it is not chosen, where there are others. */
  readonly truncated?: boolean | undefined;
}

/** The sentences that together say most of what all of them say, in their order: LexRank chooses, MMR sees to it that they differ. */
export function centralSentences(sentences: readonly Sentence[], bounds: Bounds): CentralSentence[] {
  const { maxSentences, maxCharacters = Number.POSITIVE_INFINITY, truncated = false } = bounds;
  const vectors = new SentenceVectors(sentences.map(({ words }) => words));
  const ranks = lexRank(vectors);
  const lengths = sentences.map(({ text }) => text.length);
  const candidates = eligible(truncated && sentences.length > 1 ? sentences.slice(0, -1) : sentences);
  const chosen = diverseSentences({ vectors, ranks, lengths, candidates, maxSentences, maxCharacters });
  return chosen.flatMap((index) => {
    const sentence = sentences[index];
    return sentence === undefined ? [] : [{ ...sentence, score: ranks[index] ?? 0 }];
  });
}

/** Those with enough words; where none has, those with any; where none has a word, all. */
function eligible(sentences: readonly Sentence[]): readonly number[] {
  const withWords = (fewest: number) =>
    sentences.flatMap(({ words }, index) => (words.length >= fewest ? [index] : []));
  return [FEWEST_WORDS, 1, 0].map(withWords).find((indexes) => indexes.length > 0) ?? [];
}
