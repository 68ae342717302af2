import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cancel, modify, replace } from "../hook-outcome.ts";
import { AnswerStore } from "./answer-store.ts";

const HOOK = "before_work.enrich";
const FOREVER = Number.POSITIVE_INFINITY;

function setUp(maxEntries = 100, maxBytes = 1_000_000) {
  const clock = new VirtualClock();
  const store = new AnswerStore({ maxEntries, maxBytes }, { clock });
  const keep = (key: string, lifetime = 1000, keys: readonly string[] = [HOOK], outcome = modify({ key })) =>
    store.set(key, outcome, lifetime, keys, store.versionOf(keys));
  return { clock, store, keep };
}

describe("AnswerStore: lifetimes", () => {
  it("gives an answer back, fresh for its lifetime, stale after it", async () => {
    const { clock, store, keep } = setUp();
    expect(store.get("a")).toBeUndefined();
    expect(keep("a")).toBe("kept");
    await clock.advance(999);
    expect(store.get("a")).toMatchObject({ outcome: modify({ key: "a" }), isFresh: true });
    await clock.advance(1);
    expect(store.get("a")).toMatchObject({ outcome: modify({ key: "a" }), isFresh: false });
    expect(keep("a")).toBe("kept");
    expect(store.get("a")?.isFresh).toBe(true);
  });

  it("knows the answer of a hook that answers nothing from no answer", () => {
    const { store } = setUp();
    store.set("a", undefined, 10, [], 0);
    expect(store.get("a")).toMatchObject({ outcome: undefined, isFresh: true });
  });

  it("does not read the clock for an endless lifetime, or when it is told the time", () => {
    const clock = new VirtualClock();
    let reads = 0;
    const now = () => {
      reads++;
      return clock.now();
    };
    const store = new AnswerStore({ maxEntries: 10, maxBytes: 10_000 }, { clock: { now } });
    store.set("endless", undefined, FOREVER, [], 0);
    store.set("short", undefined, 10, [], 0);
    reads = 0;
    expect(store.get("endless")?.isFresh).toBe(true);
    expect(store.get("short", clock.now() + 9)?.isFresh).toBe(true);
    expect(store.get("short", clock.now() + 10)?.isFresh).toBe(false);
    expect(reads).toBe(0);
  });

  it("gives the same object for every hit, so that a hit allocates nothing", () => {
    const { store, keep } = setUp();
    keep("a");
    expect(store.get("a")).toBe(store.get("a"));
  });

  it.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY])("keeps nothing for %d ms", (lifetime) => {
    const { store, keep } = setUp();
    expect(keep("a", lifetime)).toBe("no_lifetime");
    expect(store.get("a")).toBeUndefined();
  });
});

describe("AnswerStore: what may not be kept", () => {
  it.each([
    ["a cancellation", "uncacheable", cancel("no"), 1000],
    ["an error", "uncacheable", replace(new Error("no")), 1000],
    ["an answer without a lifetime", "no_lifetime", undefined, 0],
    ["an answer that is too large", "too_large", replace("x".repeat(1000)), 1000],
  ] as const)("forgets the earlier answer, also as a stale one, for %s", (_, result, outcome, lifetime) => {
    const { store, keep } = setUp(100, 1000);
    expect(keep("a", 1)).toBe("kept");
    expect(store.set("a", outcome, lifetime, [HOOK], store.versionOf([HOOK]))).toBe(result);
    expect(store.get("a")).toBeUndefined();
    expect(store.figures()).toMatchObject({ entries: 0, bytes: 0, evictions: 0 });
    expect(store.invalidate(HOOK)).toBe(0);
  });

  it("counts what is larger than the bound", () => {
    const { store, keep } = setUp(100, 1000);
    keep("a".repeat(1000));
    keep("b", 1000, ["k".repeat(1000)]);
    keep("c", 1000, [], modify({ bytes: new Uint8Array(1000) }));
    expect(store.figures()).toMatchObject({ entries: 0, tooLarge: 3 });
  });
});

describe("AnswerStore: bounds", () => {
  it("lets the least recently used answer go first, and counts it", () => {
    const { store, keep } = setUp(2);
    keep("a");
    keep("b");
    store.get("a");
    keep("c");
    expect([store.get("a"), store.get("b"), store.get("c")].map((kept) => kept !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect(store.figures()).toMatchObject({ entries: 2, evictions: 1 });
  });

  it("stays within its bytes", () => {
    const { store, keep } = setUp(1000, 10_000);
    for (let index = 0; index < 100; index++) keep(`key-${index}`, 1000, [HOOK], modify({ text: "x".repeat(1000) }));
    const { entries, bytes, evictions } = store.figures();
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(entries).toBeGreaterThan(2);
    expect(entries + evictions).toBe(100);
  });

  it("leaves nothing in the index of what it evicted", () => {
    const { store, keep } = setUp(1);
    for (let index = 0; index < 50; index++) keep(`key-${index}`, 1000, [HOOK, `item-${index}`]);
    expect(store.invalidate("item-3")).toBe(0);
    expect(store.invalidate(HOOK)).toBe(1);
  });
});

describe("AnswerStore: invalidation", () => {
  it("forgets the answers with the key, stale ones too, and no others", async () => {
    const { clock, store, keep } = setUp();
    keep("a", 10, [HOOK, "repo:1"]);
    keep("b", 10, [HOOK, "repo:2"]);
    await clock.advance(10);
    keep("c", 10, [HOOK, "repo:1"]);
    expect(store.invalidate("repo:1")).toBe(2);
    expect(store.get("a")).toBeUndefined();
    expect(store.get("c")).toBeUndefined();
    expect(store.get("b")).toBeDefined();
    expect(store.invalidate("repo:1")).toBe(0);
    expect(store.invalidate(HOOK)).toBe(1);
    expect(store.figures()).toEqual({ entries: 0, bytes: 0, evictions: 0, tooLarge: 0, outdated: 0, invalidated: 3 });
  });

  it("goes by the keys of the latest answer", () => {
    const { store, keep } = setUp();
    keep("a", 10, ["old"]);
    keep("a", 10, ["new", "new"]);
    expect(store.invalidate("old")).toBe(0);
    expect(store.invalidate("new")).toBe(1);
    expect(store.figures().entries).toBe(0);
  });

  it("does not let in what was begun before, and counts it", () => {
    const { store, keep } = setUp();
    const keys = [HOOK, "repo:1"];
    const version = store.versionOf(keys);
    store.invalidate("repo:2");
    expect(store.set("a", undefined, 10, keys, version)).toBe("kept");
    store.invalidate("repo:1");
    expect(store.set("a", undefined, 10, keys, version)).toBe("outdated");
    expect(store.get("a")).toBeUndefined();
    expect(store.figures().outdated).toBe(1);
    expect(keep("a", 10, keys)).toBe("kept");
  });

  it("leaves a newer answer alone when an outdated one comes", () => {
    const { store, keep } = setUp();
    const version = store.versionOf([HOOK]);
    store.invalidate(HOOK);
    keep("a");
    expect(store.set("a", cancel("old"), 10, [HOOK], version)).toBe("outdated");
    expect(store.get("a")).toMatchObject({ outcome: modify({ key: "a" }), isFresh: true });
  });
});

/** What a store without bounds would hold: a map, gone through whole at each invalidation. */
class Model {
  readonly answers = new Map<string, readonly string[]>();

  invalidate(invalidationKey: string): number {
    const hit = [...this.answers].filter(([, keys]) => keys.includes(invalidationKey));
    for (const [key] of hit) this.answers.delete(key);
    return hit.length;
  }
}

it("AnswerStore holds what a plain map would, while it is within its bounds", () => {
  const names = fc.constantFrom("a", "b", "c", "d", "e");
  const step = fc.oneof(
    fc.record({ do: fc.constant("set" as const), key: names, keys: fc.array(names) }),
    fc.record({ do: fc.constant("invalidate" as const), key: names }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { store, keep } = setUp();
      const model = new Model();
      for (const step of steps) {
        if (step.do === "invalidate") expect(store.invalidate(step.key)).toBe(model.invalidate(step.key));
        else {
          keep(step.key, 10, step.keys);
          model.answers.set(step.key, step.keys);
        }
      }
      for (const key of ["a", "b", "c", "d", "e"]) expect(store.get(key) !== undefined).toBe(model.answers.has(key));
      expect(store.figures().entries).toBe(model.answers.size);
    }),
  );
});
