import type { Random } from "@llmspell/base";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** So many small letters: 4.7 bits each. */
export function randomLetters(length: number, random: Random): string {
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
}
