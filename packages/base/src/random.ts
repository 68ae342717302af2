/** A source of uniformly distributed numbers in [0, 1). */
export type Random = () => number;

/** The process's own randomness; not for secrets. */
export const systemRandom: Random = Math.random;

/**
 * A reproducible source of randomness: the same seed gives the same numbers.
 *
 * Algorithm: sfc32 by Chris Doty-Humphrey (PractRand), 128 bits of state, seeded by twelve warm-up rounds.
 *
 * @param seed any integer; its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let a = 0;
  let b = seed | 0;
  let c = 0;
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  return () => next() / 2 ** 32;
}
