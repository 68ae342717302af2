import { closest, distance } from "fastest-levenshtein";

/** The candidate that a misspelt name most likely meant; `undefined` when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_\s]/g, "");
  const match = closest(plain(name), candidates.map(plain));
  const limit = Math.ceil(plain(name).length / 3);
  if (distance(plain(name), match) > limit) return beginningWith(plain(name), candidates);
  return candidates.find((candidate) => plain(candidate) === match);
}

/** The one candidate that a name abbreviates: `rate` for `rateLimit`. */
function beginningWith(name: string, candidates: readonly string[]): string | undefined {
  const longer = name.length < 3 ? [] : candidates.filter((candidate) => candidate.toLowerCase().startsWith(name));
  return longer.length === 1 ? longer[0] : undefined;
}

/** `Did you mean …?` for a near candidate; `undefined` when none is near. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const match = nearest(name, candidates);
  return match === undefined ? undefined : `Did you mean \`${match}\`?`;
}

/** Names as a sentence lists them, by the alphabet: `a`, `b` or `c`; cut after a dozen. */
export function listNames(names: readonly string[], word = "or"): string {
  return enumerate([...names].sort(), word);
}

/** Names as a sentence lists them, in the order given; cut after a dozen. */
export function enumerate(names: readonly string[], word = "or"): string {
  const shown = names.slice(0, 12).map((name) => `\`${name}\``);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} ${word} ${rest} more`;
  const last = shown.pop() ?? "nothing";
  return shown.length === 0 ? last : `${shown.join(", ")} ${word} ${last}`;
}
