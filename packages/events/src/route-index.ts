import { AffixIndex } from "./affix-index.ts";
import type { RouteMatcher } from "./route.ts";

/** What is found by its matcher. */
export interface Indexed {
  readonly matcher: RouteMatcher;
}

/**
 * Narrows all routes down to those that a type could take, by what their matchers say of it: the type itself, its prefix,
 * its suffix. Only routes that say none of these are candidates for every type.
 */
export class RouteIndex<Entry extends Indexed> {
  readonly #byType = new Map<string, Entry[]>();
  readonly #byPrefix = new AffixIndex<Entry>("start");
  readonly #bySuffix = new AffixIndex<Entry>("end");
  readonly #others: Entry[] = [];

  add(entry: Entry): void {
    const { type, prefix, suffix } = entry.matcher;
    if (type !== undefined) this.#byType.set(type, [...(this.#byType.get(type) ?? []), entry]);
    else if (prefix !== undefined) this.#byPrefix.add(prefix, entry);
    else if (suffix !== undefined) this.#bySuffix.add(suffix, entry);
    else this.#others.push(entry);
  }

  remove(entry: Entry): void {
    const { type, prefix, suffix } = entry.matcher;
    if (type !== undefined) this.#removeType(type, entry);
    else if (prefix !== undefined) this.#byPrefix.remove(prefix, entry);
    else if (suffix !== undefined) this.#bySuffix.remove(suffix, entry);
    else if (this.#others.includes(entry)) this.#others.splice(this.#others.indexOf(entry), 1);
  }

  /** Calls `found` with every route that the type could take: type, prefix and suffix are right. */
  find(type: string, found: (entry: Entry) => void): void {
    const exact = this.#byType.get(type);
    if (exact !== undefined) for (const entry of exact) found(entry);
    this.#byPrefix.find(type, (entry) => {
      const { prefix = "", suffix } = entry.matcher;
      // With both, they must not overlap.
      if (suffix === undefined || (type.length >= prefix.length + suffix.length && type.endsWith(suffix))) found(entry);
    });
    this.#bySuffix.find(type, found);
    for (const entry of this.#others) found(entry);
  }

  #removeType(type: string, entry: Entry): void {
    const rest = (this.#byType.get(type) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) this.#byType.delete(type);
    else this.#byType.set(type, rest);
  }
}
