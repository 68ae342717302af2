import { closest, distance } from "fastest-levenshtein";

/** The candidate that a misspelt name most likely meant; `undefined` when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_\s]/g, "");
  const match = closest(plain(name), candidates.map(plain));
  const limit = Math.max(1, Math.floor(plain(name).length / 3));
  if (distance(plain(name), match) > limit) return undefined;
  return candidates.find((candidate) => plain(candidate) === match);
}

/** `Did you mean …?` for a near candidate; `undefined` when none is near. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const match = nearest(name, candidates);
  return match === undefined ? undefined : `Did you mean \`${match}\`?`;
}

/** Names as a sentence lists them: `a`, `b` or `c`; cut after a dozen. */
export function listNames(names: readonly string[], word = "or"): string {
  const sorted = [...names].sort();
  const shown = sorted.slice(0, 12).map((name) => `\`${name}\``);
  const rest = sorted.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} ${word} ${rest} more`;
  const last = shown.pop() ?? "nothing";
  return shown.length === 0 ? last : `${shown.join(", ")} ${word} ${last}`;
}
