import type { SentenceVectors } from "./sentence-vectors.ts";

/** The share of a sentence's rank that comes from the sentences like it, at most; the rest comes from its place. */
const DAMPING = 0.85;
/** The ranks are done when one round moves less than this of all that there is, and after this many rounds anyway. */
const PRECISE_ENOUGH = 1e-7;
const MOST_ROUNDS = 200;
/** How far the prior of the first sentences is above the mean, and that of the last ones below it. */
const LEAD = 0.25;
/** A likeness below this is what rounding left. */
const LIKE_NO_OTHER = 1e-9;

/**
 * How central each sentence is to its text: 1 for the most central one, towards 0. The same text has the same ranks.
 *
 * Algorithm: LexRank with continuous weights (Erkan and Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text
 * Summarization", JAIR 22, 2004): the chance to find a random walker at a sentence, who goes on to a sentence by how similar it
 * is, and now and then jumps. It differs in two ways. The jumps have a prior (as in "Biased LexRank", Otterbacher, Erkan and
 * Radev, 2009) that falls linearly with the place in the text (the position value of MEAD, Radev et al., 2004): what comes
 * first says more. And all likeness is measured by that of the sentence that has most of it; who is at a sentence like few
 * others jumps for the rest. Else two sentences that are a little like each other, and like no other, would keep all walkers.
 */
export function lexRank(vectors: SentenceVectors): Float64Array {
  const { size } = vectors;
  const prior = Float64Array.from({ length: size }, (_, place) => (1 + LEAD * (1 - (2 * place + 1) / size)) / size);
  const degrees = vectors.spread(new Float64Array(size).fill(1));
  const mostLikeness = greatestOf(degrees);
  const share = mostLikeness > LIKE_NO_OTHER ? DAMPING / mostLikeness : 0;
  let ranks: Float64Array = prior;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const leaving = ranks.map((rank) => rank * share);
    const going = leaving.reduce((sum, mass, sentence) => sum + mass * (degrees[sentence] ?? 0), 0);
    const next = vectors.spread(leaving).map((arriving, place) => arriving + (1 - going) * (prior[place] ?? 0));
    const moved = next.reduce((sum, rank, sentence) => sum + Math.abs(rank - (ranks[sentence] ?? 0)), 0);
    ranks = next;
    if (moved < PRECISE_ENOUGH) break;
  }
  const highest = greatestOf(ranks);
  return ranks.map((rank) => rank / highest);
}

function greatestOf(values: Float64Array): number {
  return values.reduce((greatest, value) => Math.max(greatest, value), 0);
}
