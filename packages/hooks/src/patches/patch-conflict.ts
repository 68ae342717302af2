import { isDeepStrictEqual } from "node:util";
import type { HookData } from "../hook-context.ts";
import { isPlainObject } from "./merge-patch.ts";

/** The first path, from the root, that both patches set, and set differently; `undefined` when they can be merged. */
export function findConflictingPath(first: HookData, second: HookData): readonly string[] | undefined {
  for (const key of Object.keys(second)) {
    const theirs = second[key];
    const ours = Object.hasOwn(first, key) ? first[key] : undefined;
    if (ours === undefined || theirs === undefined) continue;
    if (isPlainObject(ours) && isPlainObject(theirs)) {
      const nested = findConflictingPath(ours, theirs);
      if (nested !== undefined) return [key, ...nested];
    } else if (!isDeepStrictEqual(ours, theirs)) return [key];
  }
  return undefined;
}

/** Pairs of patches, by position, that name a top-level key in common: only these can be in conflict. */
export function* overlappingPairs(patches: readonly HookData[]): Generator<readonly [first: number, second: number]> {
  const settersOf = new Map<string, number[]>();
  for (const [position, patch] of patches.entries()) {
    const earlier = new Set<number>();
    for (const key of Object.keys(patch)) {
      const setters = settersOf.get(key);
      if (setters === undefined) settersOf.set(key, [position]);
      else {
        for (const setter of setters) earlier.add(setter);
        setters.push(position);
      }
    }
    for (const first of earlier) yield [first, position];
  }
}
