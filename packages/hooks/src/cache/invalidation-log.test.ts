import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidationLog } from "./invalidation-log.ts";

describe("InvalidationLog", () => {
  it("changes the version of a set of keys when one of them is invalidated, and of no other set", () => {
    const log = new InvalidationLog();
    const before = log.versionOf(["a", "b"]);
    log.note("c");
    expect(log.versionOf(["a", "b"])).toBe(before);
    log.note("b");
    expect(log.versionOf(["a", "b"])).not.toBe(before);
    expect(log.versionOf(["a"])).toBe(log.versionOf(["never"]));
    expect(log.versionOf([])).toBe(0);
  });

  it("takes everything for invalidated of which it forgot whether it was", () => {
    const log = new InvalidationLog(2);
    const before = log.versionOf(["a"]);
    for (const key of ["a", "b", "c"]) log.note(key);
    expect(log.versionOf(["a"])).not.toBe(before);
    expect(log.versionOf(["c"])).not.toBe(log.versionOf(["a"]));
  });

  it("forgets the key first whose latest invalidation is the longest ago", () => {
    const log = new InvalidationLog(2);
    for (const key of ["a", "b", "a", "c"]) log.note(key);
    expect(["a", "b", "c", "never"].map((key) => log.versionOf([key]))).toEqual([3, 2, 4, 2]);
  });

  it("never misses an invalidation, whatever it has to forget", () => {
    const keys = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const sets = fc.uniqueArray(keys, { minLength: 1 });
    fc.assert(
      fc.property(
        fc.array(keys),
        fc.array(keys),
        sets,
        fc.integer({ min: 1, max: 4 }),
        (past, present, set, capacity) => {
          const log = new InvalidationLog(capacity);
          for (const key of past) log.note(key);
          const before = log.versionOf(set);
          for (const key of present) log.note(key);
          const isInvalidated = present.some((key) => set.includes(key));
          if (isInvalidated) expect(log.versionOf(set)).toBeGreaterThan(before);
          else if (capacity >= 6) expect(log.versionOf(set)).toBe(before);
        },
      ),
    );
  });
});
