import type { SentenceVectors } from "./sentence-vectors.ts";

/** What a sentence's own rank counts against its likeness to those that are chosen. */
const RELEVANCE = 0.5;
/** A sentence that is this similar to a chosen one repeats it. */
const REPETITION = 0.75;
/** What stands between two sentences of a summary. */
const BLANK = 1;

export interface SentenceChoice {
  readonly vectors: SentenceVectors;
  /** How central each sentence is, 0 to 1. */
  readonly ranks: Float64Array;
  /** How long each sentence is, in characters. */
  readonly lengths: readonly number[];
  /** The sentences that may be chosen. */
  readonly candidates: readonly number[];
  readonly maxSentences: number;
  /** Characters at most, with a blank between sentences. */
  readonly maxCharacters: number;
}

/**
 * Chooses central sentences that do not say the same, as indexes in ascending order.
 *
 * Algorithm: maximal marginal relevance (Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering
 * Documents and Producing Summaries", SIGIR 1998). Unlike there, what repeats a chosen sentence is never chosen, and what has
 * no room left is passed over.
 */
export function diverseSentences(choice: SentenceChoice): number[] {
  const { vectors, ranks, lengths, candidates, maxSentences } = choice;
  const lengthOf = (sentence: number) => lengths[sentence] ?? 0;
  let room = choice.maxCharacters;
  const open = new Set(candidates.filter((sentence) => lengthOf(sentence) <= room));
  const likeness = new Float64Array(vectors.size);
  const chosen: number[] = [];
  while (chosen.length < maxSentences && open.size > 0) {
    const best = bestOf(open, ranks, likeness);
    open.delete(best);
    chosen.push(best);
    room -= lengthOf(best) + BLANK;
    const similarities = vectors.similaritiesTo(best);
    for (const sentence of open) {
      const similarity = similarities[sentence] ?? 0;
      likeness[sentence] = Math.max(likeness[sentence] ?? 0, similarity);
      if (similarity >= REPETITION || lengthOf(sentence) > room) open.delete(sentence);
    }
  }
  return chosen.sort((a, b) => a - b);
}

/** The first of equals. */
function bestOf(open: ReadonlySet<number>, ranks: Float64Array, likeness: Float64Array): number {
  let best = -1;
  let bestWorth = Number.NEGATIVE_INFINITY;
  for (const sentence of open) {
    const worth = RELEVANCE * (ranks[sentence] ?? 0) - (1 - RELEVANCE) * (likeness[sentence] ?? 0);
    if (worth > bestWorth) {
      best = sentence;
      bestWorth = worth;
    }
  }
  return best;
}
