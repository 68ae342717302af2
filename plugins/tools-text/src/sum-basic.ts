/** A sentence needs so many content words to be chosen, where any has them: "Thanks!" would else win by its one word. */
const FEWEST_WORDS = 3;

/** How often each word occurs in all sentences, most frequent first; of equals the one that comes first. */
export function wordCounts(sentences: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const words of sentences) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

/**
 * The sentences that together say most of what a text says, as indexes in ascending order.
 *
 * Algorithm: SumBasic (Nenkova and Vanderwende, "The Impact of Frequency on Summarization", MSR-TR-2005-101): the sentence
 * with the greatest mean probability of its words is taken, the probabilities of its words are squared so that the next one
 * says something else, and so on. Unlike the original, the best sentence need not hold the most probable word.
 *
 * @param sentences the content words of each sentence, stemmed or normalised
 * @param count how many sentences to choose at most
 */
export function sumBasic(sentences: readonly (readonly string[])[], count: number): number[] {
  const counts = wordCounts(sentences);
  const total = sentences.reduce((sum, words) => sum + words.length, 0);
  const probabilities = new Map([...counts].map(([word, occurrences]) => [word, occurrences / total]));
  const candidates = eligible(sentences);
  const chosen: number[] = [];
  while (chosen.length < count && candidates.size > 0) {
    const best = bestOf(candidates, sentences, probabilities);
    candidates.delete(best);
    chosen.push(best);
    for (const word of new Set(sentences[best])) probabilities.set(word, (probabilities.get(word) ?? 0) ** 2);
  }
  return chosen.sort((a, b) => a - b);
}

function eligible(sentences: readonly (readonly string[])[]): Set<number> {
  const indexes = (fewest: number) => sentences.flatMap((words, index) => (words.length >= fewest ? [index] : []));
  const full = indexes(FEWEST_WORDS);
  return new Set(full.length > 0 ? full : indexes(1));
}

function bestOf(
  candidates: ReadonlySet<number>,
  sentences: readonly (readonly string[])[],
  probabilities: ReadonlyMap<string, number>,
): number {
  let best = -1;
  let bestScore = -1;
  for (const index of candidates) {
    const words = sentences[index] ?? [];
    const score = words.reduce((sum, word) => sum + (probabilities.get(word) ?? 0), 0) / words.length;
    if (score > bestScore) {
      best = index;
      bestScore = score;
    }
  }
  return best;
}
