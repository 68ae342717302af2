/**
 * The sentences of a text as vectors of unit length, one dimension a word: how often the sentence has it, times how few of
 * the sentences have it.
 *
 * All that is asked of the similarities is computed from the vectors; the matrix of all pairs, which grows with the square
 * of the text, is never made.
 */
export class SentenceVectors {
  /** How many there are. */
  readonly size: number;
  /** For each sentence its distinct words, as numbers, and their weights beside them. */
  readonly #words: readonly number[][];
  readonly #weights: readonly number[][];
  readonly #vocabulary: number;

  /** @param sentences the content words of each sentence, stemmed or normalised */
  constructor(sentences: readonly (readonly string[])[]) {
    const numbers = new Map<string, number>();
    const counts = sentences.map((words) => countWords(words, numbers));
    const holders = new Float64Array(numbers.size);
    for (const inSentence of counts) for (const word of inSentence.keys()) holders[word] = (holders[word] ?? 0) + 1;
    this.size = sentences.length;
    this.#vocabulary = numbers.size;
    this.#words = counts.map((inSentence) => [...inSentence.keys()]);
    this.#weights = counts.map((inSentence) => {
      const raw = [...inSentence].map(([word, count]) => count * rarity(this.size, holders[word] ?? 1));
      const length = Math.hypot(...raw);
      return raw.map((weight) => weight / length);
    });
  }

  /** The cosine of each sentence with one of them: 0 to 1; 0 for sentences without words. */
  similaritiesTo(sentence: number): Float64Array {
    const mass = new Float64Array(this.size);
    mass[sentence] = 1;
    return this.#project(this.#gather(mass));
  }

  /** For each sentence the sum, over all others, of its similarity to them times their mass. */
  spread(mass: Float64Array): Float64Array {
    const spread = this.#project(this.#gather(mass));
    for (let sentence = 0; sentence < this.size; sentence++) {
      const own = this.#words[sentence]?.length === 0 ? 0 : (mass[sentence] ?? 0);
      spread[sentence] = Math.max(0, (spread[sentence] ?? 0) - own);
    }
    return spread;
  }

  /** The sum of the vectors, each times its mass. */
  #gather(mass: Float64Array): Float64Array {
    const sum = new Float64Array(this.#vocabulary);
    for (let sentence = 0; sentence < this.size; sentence++) {
      const share = mass[sentence] ?? 0;
      if (share === 0) continue;
      const weights = this.#weights[sentence] ?? [];
      for (const [index, word] of (this.#words[sentence] ?? []).entries()) {
        sum[word] = (sum[word] ?? 0) + share * (weights[index] ?? 0);
      }
    }
    return sum;
  }

  /** The product of each vector with another. */
  #project(other: Float64Array): Float64Array {
    const products = new Float64Array(this.size);
    for (let sentence = 0; sentence < this.size; sentence++) {
      const weights = this.#weights[sentence] ?? [];
      let product = 0;
      for (const [index, word] of (this.#words[sentence] ?? []).entries()) {
        product += (weights[index] ?? 0) * (other[word] ?? 0);
      }
      products[sentence] = product;
    }
    return products;
  }
}

function countWords(words: readonly string[], numbers: Map<string, number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const word of words) {
    const number = numbers.get(word) ?? numbers.size;
    numbers.set(word, number);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return counts;
}

/** One more than the plain ratio inside, so that a word that all sentences of a short text share still says something. */
function rarity(sentences: number, holders: number): number {
  return Math.log(1 + sentences / holders);
}
