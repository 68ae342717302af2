/** A literal that a string begins, or ends, with, and what is filed under it. */
interface Filed<Value> {
  readonly affix: string;
  readonly values: Value[];
}

/**
 * Finds what is filed under the prefixes (or suffixes) of a string, in one pass over its characters: it hashes as it goes,
 * and looks up only at the lengths that some affix has. The cost grows with the number of distinct lengths, not of affixes;
 * nothing is allocated.
 */
export class AffixIndex<Value> {
  readonly #fromEnd: boolean;
  readonly #byHash = new Map<number, Filed<Value>[]>();
  /** The distinct lengths, ascending. */
  #lengths: readonly number[] = [];

  /** @param side which end of the string the affixes are at */
  constructor(side: "start" | "end") {
    this.#fromEnd = side === "end";
  }

  add(affix: string, value: Value): void {
    const hash = this.#hashOf(affix);
    const sameHash = this.#byHash.get(hash) ?? [];
    const filed = sameHash.find((other) => other.affix === affix);
    if (filed !== undefined) filed.values.push(value);
    else this.#byHash.set(hash, [...sameHash, { affix, values: [value] }]);
    this.#lengths = [...new Set([...this.#lengths, affix.length])].sort((one, other) => one - other);
  }

  remove(affix: string, value: Value): void {
    const hash = this.#hashOf(affix);
    const sameHash = this.#byHash.get(hash) ?? [];
    const rest = sameHash
      .map((filed) =>
        filed.affix === affix ? { affix, values: filed.values.filter((other) => other !== value) } : filed,
      )
      .filter(({ values }) => values.length > 0);
    if (rest.length > 0) this.#byHash.set(hash, rest);
    else this.#byHash.delete(hash);
    const lengths = [...this.#byHash.values()].flatMap((entries) => entries.map((entry) => entry.affix.length));
    this.#lengths = [...new Set(lengths)].sort((one, other) => one - other);
  }

  /** Calls `found` with everything that is filed under an affix of `text`. */
  find(text: string, found: (value: Value) => void): void {
    const lengths = this.#lengths;
    const { length } = text;
    let hash = 0;
    let hashed = 0;
    for (let index = 0; index < lengths.length; index++) {
      const affixLength = lengths[index] ?? 0;
      if (affixLength > length) return;
      while (hashed < affixLength) {
        hash = step(hash, text.charCodeAt(this.#fromEnd ? length - 1 - hashed : hashed));
        hashed++;
      }
      const sameHash = this.#byHash.get(hash);
      if (sameHash !== undefined) this.#report(sameHash, text, found);
    }
  }

  #report(sameHash: readonly Filed<Value>[], text: string, found: (value: Value) => void): void {
    for (const { affix, values } of sameHash) {
      const isAffix = this.#fromEnd ? text.endsWith(affix) : text.startsWith(affix);
      if (isAffix) for (const value of values) found(value);
    }
  }

  #hashOf(affix: string): number {
    let hash = 0;
    for (let hashed = 0; hashed < affix.length; hashed++) {
      hash = step(hash, affix.charCodeAt(this.#fromEnd ? affix.length - 1 - hashed : hashed));
    }
    return hash;
  }
}

/** Stays within 31 bits, so that it is a small integer to V8. */
function step(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) & 0x3fffffff;
}
