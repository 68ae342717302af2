import { STOP_WORDS } from "./stop-words.ts";

/** Significant words at most this many words apart belong to one cluster; Luhn's figure. */
const LARGEST_GAP = 4;

const WORD = /[\p{L}\p{N}]+(?:['’._-][\p{L}\p{N}]+)*/gu;
const sentenceSegmenter = new Intl.Segmenter("en", { granularity: "sentence" });

interface Sentence {
  readonly text: string;
  readonly words: readonly string[];
  readonly position: number;
}

/**
 * The sentences of a text that say most about its subject, in the order of the text; the same text gives the same ones.
 *
 * Algorithm: H. P. Luhn, "The Automatic Creation of Literature Abstracts", IBM Journal of Research and Development 2(2),
 * 1958. Words that are no stop words and occur at least twice are significant (all of them, where none occurs twice). In
 * each sentence, significant words that are close to each other form clusters; a sentence weighs as much as its best
 * cluster, which is the square of its significant words over all of its words. Of equals the earlier counts more; a
 * sentence that was said before does not count again.
 *
 * @param limit sentences at most
 */
export function salientSentences(text: string, limit: number): string[] {
  const sentences = sentencesOf(text);
  const significant = significantWords(sentences);
  return sentences
    .map((sentence) => ({ sentence, weight: weightOf(sentence.words, significant) }))
    .sort((a, b) => b.weight - a.weight || a.sentence.position - b.sentence.position)
    .slice(0, limit)
    .sort((a, b) => a.sentence.position - b.sentence.position)
    .map(({ sentence }) => sentence.text);
}

function sentencesOf(text: string): readonly Sentence[] {
  const sentences: Sentence[] = [];
  const said = new Set<string>();
  for (const { segment } of sentenceSegmenter.segment(text)) {
    const words = segment.toLowerCase().match(WORD) ?? [];
    const key = words.join(" ");
    if (key === "" || said.has(key)) continue;
    said.add(key);
    sentences.push({ text: segment.trim().replace(/\s+/gu, " "), words, position: sentences.length });
  }
  return sentences;
}

function significantWords(sentences: readonly Sentence[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const word of sentences.flatMap(({ words }) => words)) {
    if (!STOP_WORDS.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const repeated = [...counts].filter(([, count]) => count > 1);
  return new Set((repeated.length > 0 ? repeated : [...counts]).map(([word]) => word));
}

/** The weight of the best cluster; 0 where no word is significant. */
function weightOf(words: readonly string[], significant: ReadonlySet<string>): number {
  return clustersIn(words, significant).reduce(
    (best, { start, end, count }) => Math.max(best, count ** 2 / (end - start + 1)),
    0,
  );
}

/** A stretch of a sentence, from its first significant word to its last, and how many there are. */
interface Cluster {
  readonly start: number;
  end: number;
  count: number;
}

function clustersIn(words: readonly string[], significant: ReadonlySet<string>): readonly Cluster[] {
  const clusters: Cluster[] = [];
  for (const [index, word] of words.entries()) {
    if (!significant.has(word)) continue;
    const cluster = clusters.at(-1);
    if (cluster === undefined || index - cluster.end - 1 > LARGEST_GAP) {
      clusters.push({ start: index, end: index, count: 1 });
    } else {
      cluster.end = index;
      cluster.count++;
    }
  }
  return clusters;
}
