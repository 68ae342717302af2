import type { RouteMatcher } from "@llmspell/events";
import picomatch from "picomatch";

/**
 * Takes events whose whole type matches a glob. The parts of a type are separated by dots: `*` stays within a part, `**`
 * goes over any number of them, `{a,b}` is either.
 */
export class GlobRoute implements RouteMatcher {
  readonly #matches: (path: string) => boolean;

  constructor(glob: string) {
    this.#matches = picomatch(toPath(glob), { dot: true, noextglob: true, nonegate: true });
  }

  matchesType(type: string): boolean {
    return this.#matches(toPath(type));
  }
}

/** Globs know parts that are separated by slashes; a slash in a type is no separator, so the two change places. */
function toPath(dotted: string): string {
  return dotted.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}
