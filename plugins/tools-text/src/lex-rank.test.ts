import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lexRank } from "./lex-rank.ts";
import { SentenceVectors } from "./sentence-vectors.ts";

const sentences = fc.array(
  fc.array(fc.constantFrom("crash", "start", "app", "leak", "windows", "slow"), { maxLength: 6 }),
  {
    maxLength: 12,
  },
);

const ranksOf = (given: readonly (readonly string[])[]) => [...lexRank(new SentenceVectors(given))];

/** All cosines by the book: for each pair of sentences the product of their vectors, one number a word of the vocabulary. */
function cosines(given: readonly (readonly string[])[]): number[][] {
  const vocabulary = [...new Set(given.flat())];
  const vectors = given.map((words) => {
    const raw = vocabulary.map((word) => {
      const holders = given.filter((other) => other.includes(word)).length;
      return words.filter((other) => other === word).length * Math.log(1 + given.length / holders);
    });
    const length = Math.hypot(...raw) || 1;
    return raw.map((weight) => weight / length);
  });
  return vectors.map((a) => vectors.map((b) => a.reduce((sum, weight, word) => sum + weight * (b[word] ?? 0), 0)));
}

describe("SentenceVectors", () => {
  it("tell the similarities of all pairs without making them", () => {
    fc.assert(
      fc.property(
        sentences,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12 }),
        (given, masses) => {
          const vectors = new SentenceVectors(given);
          const matrix = cosines(given);
          const mass = Float64Array.from(given, (_, index) => masses[index] ?? 0);
          const spread = vectors.spread(mass);
          for (const [index, row] of matrix.entries()) {
            for (const [other, similarity] of vectors.similaritiesTo(index).entries()) {
              expect(similarity).toBeCloseTo(row[other] ?? 0, 9);
            }
            const others = row.reduce(
              (sum, cosine, other) => sum + (other === index ? 0 : cosine * (mass[other] ?? 0)),
              0,
            );
            expect(spread[index]).toBeCloseTo(others, 9);
          }
        },
      ),
    );
  });
});

describe("lexRank", () => {
  it("finds the sentence that is most like the others, wherever it stands", () => {
    const about = (words: string) => words.split(" ");
    const others = ["crash import", "column empty", "file lost", "weather nice"].map(about);
    const central = about("crash import empty column file");
    for (let place = 0; place <= others.length; place++) {
      expect(ranksOf(others.toSpliced(place, 0, central)).indexOf(1)).toBe(place);
    }
  });

  it("prefers what comes first among equals, and does no more for it than that", () => {
    const ranks = ranksOf([["a"], ["b"], ["c"], ["d"]]);
    expect(ranks.map((rank) => Number(rank.toFixed(2)))).toEqual([1, 0.89, 0.79, 0.68]);
    const [first = 1, second = 0, third = 0] = ranksOf([
      ["x", "y", "z"],
      ["a", "b"],
      ["a", "b", "c"],
    ]);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(first);
  });

  it("gives every sentence a rank above 0 and at most 1, one of them 1, and the same each time", () => {
    fc.assert(
      fc.property(sentences, (given) => {
        const ranks = ranksOf(given);
        expect(ranks).toHaveLength(given.length);
        for (const rank of ranks) expect(rank > 0 && rank <= 1).toBe(true);
        expect(ranks.includes(1)).toBe(given.length > 0);
        expect(ranksOf(given)).toEqual(ranks);
      }),
    );
  });

  it("is not taken in by two sentences that are like each other only", () => {
    const about = (words: string) => words.split(" ");
    const topic = ["crash import empty", "empty column crash", "import column crash"].map(about);
    const aside = ["cake office monday", "cake everybody home"].map(about);
    const ranks = ranksOf([...aside, ...topic]);
    expect(Math.min(...ranks.slice(2))).toBeGreaterThan(Math.max(...ranks.slice(0, 2)));
  });

  it("is where a walk by the whole matrix comes to rest", () => {
    fc.assert(
      fc.property(sentences, (given) => {
        const ranks = ranksOf(given);
        const total = ranks.reduce((sum, rank) => sum + rank, 0);
        const here = ranks.map((rank) => rank / total);
        const matrix = cosines(given).map((row, index) => row.with(index, 0));
        const degrees = matrix.map((row) => row.reduce((sum, cosine) => sum + cosine, 0));
        const greatest = Math.max(1e-9, ...degrees);
        const going = here.reduce((sum, rank, index) => sum + (0.85 * rank * (degrees[index] ?? 0)) / greatest, 0);
        for (const [index, rank] of here.entries()) {
          const row = matrix[index] ?? [];
          const arriving = here.reduce((sum, other, from) => sum + (0.85 * other * (row[from] ?? 0)) / greatest, 0);
          const prior = (1.25 - (0.5 * (index + 0.5)) / given.length) / given.length;
          expect(rank).toBeCloseTo(arriving + (1 - going) * prior, 5);
        }
      }),
    );
  });
});
