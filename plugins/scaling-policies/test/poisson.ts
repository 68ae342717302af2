import type { Random } from "@llmspell/base";

/** How many arrivals come by chance where so many come in the mean: exponential gaps, until the time is over. */
export function poisson(mean: number, random: Random): number {
  let count = 0;
  let time = gap(random);
  while (time < mean) {
    time += gap(random);
    count++;
  }
  return count;
}

function gap(random: Random): number {
  return -Math.log(1 - random());
}
