import { isDeepStrictEqual } from "node:util";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HookContext, HookData } from "../hook-context.ts";
import { compileCacheKey } from "./cache-key.ts";

const clock = new VirtualClock();

function contextOf(data: HookData, input?: unknown): HookContext {
  return { point: "before_work", input, data, attempt: 1, scope: {}, signal: new AbortController().signal, clock };
}

/** Every type of value that a key can hold, nested too. */
const values: fc.Arbitrary<unknown> = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: false,
});

/** Small values of few forms, so that two of them are often the same, or nearly so. */
const { small } = fc.letrec<{ small: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.constantFrom("", "a", "1:", "u", 0, -0, 1, 1n, true, null, undefined, Number.NaN),
  small: fc.oneof(
    { maxDepth: 2 },
    tie("leaf"),
    fc.array(tie("small"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "1:", "__proto__"), tie("small"), { maxKeys: 2, noNullPrototype: true }),
    fc.array(tie("leaf"), { maxLength: 2 }).map((members) => new Set(members)),
    fc.array(fc.tuple(tie("leaf"), tie("leaf")), { maxLength: 2 }).map((entries) => new Map(entries)),
    fc.uint8Array({ max: 1, maxLength: 2 }),
  ),
}));

const valueKey = compileCacheKey(["data.value"], 1);
const keyOf = (value: unknown) => valueKey(contextOf({ value }));

/** What is no key, with the words that say so. */
const refusal = (words: string) =>
  expect.objectContaining({ code: "LLMSPELL_E_HOOK_CACHE_KEY", message: expect.stringContaining(words) });

describe("compileCacheKey: one path", () => {
  it("follows paths into data and input", () => {
    const data = { repo: { id: "r1", owners: ["ada"] } };
    const same = (paths: readonly string[], left: HookContext, right: HookContext) => {
      const key = compileCacheKey(paths, 1);
      return key(left) === key(right);
    };
    const changed = { repo: { id: "r2", owners: ["ada"] } };
    expect(same(["data.repo.id"], contextOf(data), contextOf(changed))).toBe(false);
    expect(same(["data.repo.owners.0"], contextOf(data), contextOf(changed))).toBe(true);
    expect(same(["data"], contextOf(data), contextOf(changed))).toBe(false);
    expect(same(["input.user"], contextOf({}, { user: "a", at: 1 }), contextOf({}, { user: "a", at: 2 }))).toBe(true);
    expect(same(["input.user"], contextOf({}, { user: "a" }), contextOf({}, { user: "b" }))).toBe(false);
    expect(same(["input"], contextOf({}, "a"), contextOf({}, "b"))).toBe(false);
  });

  it("keeps types apart", () => {
    const different = ["1", 1, 1n, true, "true", "", 0, -0, Number.NaN, "NaN", null, "null", undefined, "undefined"];
    const more = [{}, [], "{}", "[]", [undefined], [null], new Date(1), new Map(), new Set(), new Uint8Array(1)];
    const others = [new Int8Array(1), new ArrayBuffer(1), new Map([["a", 1]]), { a: 1 }, new Date(Number.NaN)];
    const all = [...different, ...more, ...others];
    expect(new Set(all.map(keyOf)).size).toBe(all.length);
  });

  it("knows a missing key from one that is undefined or null", () => {
    const key = compileCacheKey(["data.a.b"], 1);
    const contexts = [{}, { a: { b: undefined } }, { a: { b: null } }, { a: { b: "" } }].map((data) => contextOf(data));
    expect(new Set(contexts.map(key)).size).toBe(4);
    const nowhere = [{}, { a: null }, { a: 1 }, { a: "b" }, { a: {} }].map((data) => contextOf(data));
    expect(new Set(nowhere.map(key)).size).toBe(1);
    expect(new Set([[1, undefined], new Array(2), [1]].map(keyOf)).size).toBe(3);
  });

  it("does not care for the order of keys, entries and members, nor for the prototype of plain data", () => {
    expect(keyOf({ a: 1, b: { c: 2, d: 3 } })).toBe(keyOf({ b: { d: 3, c: 2 }, a: 1 }));
    expect(keyOf(new Set(["a", "b"]))).toBe(keyOf(new Set(["b", "a"])));
    const entries: [string, number][] = [
      ["a", 1],
      ["b", 2],
    ];
    expect(keyOf(new Map(entries))).toBe(keyOf(new Map(entries.toReversed())));
    expect(keyOf(Object.assign(Object.create(null), { a: 1 }))).toBe(keyOf({ a: 1 }));
    expect(keyOf([1, 2])).not.toBe(keyOf([2, 1]));
  });

  it.each<[unknown, unknown]>([
    [["a", "b"], ["a;sb"]],
    [["a", "b"], ["as1:b"]],
    [[1, 2], ["1;n2"]],
    [{ a: undefined, b: undefined }, { aub: undefined }],
    [{ a: "", b: "" }, { a: "1:bs0:" }],
    [[[], []], [[[]]]],
    [new Map([["a", "b"]]), new Map([["as1:b", undefined]])],
    [new Set(["a", "b"]), new Set(["as1:b"])],
    [[new Map([["a", "b"]])], [new Map(), "a", "b"]],
    [[new Set(["a"])], [new Set(), "a"]],
  ])("does not take the text of one value for another: %j, %j", (left, right) => {
    expect(keyOf(left)).not.toBe(keyOf(right));
  });

  it("looks only at its part of a typed array's buffer", () => {
    const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
    expect(keyOf(new Uint8Array(buffer, 1, 2))).toBe(keyOf(Buffer.from([2, 3])));
    expect(keyOf(new Uint8Array(buffer, 1, 2))).not.toBe(keyOf(new Uint8Array(buffer, 2, 2)));
  });

  it("stays short, and tells long texts apart", () => {
    const long = "x".repeat(50_000);
    const texts = [long, `${long}y`, `y${long}`, `${long}\ud800`, `${long}\ud801`, `${long}\ufffd`, "x".repeat(512)];
    const keys = [...texts, [long], { long }].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(520);
  });

  it.each([
    ["all sorts of", values],
    ["nearly equal", small],
  ])("gives %s values the same key only if they are the same", (_, some) => {
    fc.assert(
      fc.property(some, some, (left, right) => {
        const isSame = isDeepStrictEqual(left, right);
        return isSame === (keyOf(left) === keyOf(right));
      }),
      { numRuns: 3000 },
    );
  });

  it("gives copies the same key", () => {
    fc.assert(fc.property(values, (value) => keyOf(value) === keyOf(structuredClone(value))));
  });
});

describe("compileCacheKey: several paths", () => {
  it("does not run values together", () => {
    const key = compileCacheKey(["data.a", "data.b"], 1);
    const short = fc.oneof(fc.string({ maxLength: 4 }), fc.nat(20), small);
    fc.assert(
      fc.property(short, short, short, short, (a, b, c, d) => {
        const isSame = isDeepStrictEqual([a, b], [c, d]);
        return isSame === (key(contextOf({ a, b })) === key(contextOf({ a: c, b: d })));
      }),
      { numRuns: 3000 },
    );
    expect(key(contextOf({ a: "1:x", b: "y" }))).not.toBe(key(contextOf({ a: "1", b: "x1:y" })));
    expect(key(contextOf({ a: 1 }))).not.toBe(key(contextOf({ b: 1 })));
  });

  it.each([["x.a"], ["point"], ["datax.a"], ["data..a"], ["data."], [""], ["Data.a"]])(
    "refuses the path %j",
    (path) => {
      expect(() => compileCacheKey(["data.ok", path], 1)).toThrow(refusal("must begin with `input` or `data`"));
    },
  );

  it("refuses an empty list", () => {
    expect(() => compileCacheKey([], 1)).toThrow(refusal("is empty"));
  });
});

describe("compileCacheKey: function, nothing, owner", () => {
  it("takes what a function yields", () => {
    const key = compileCacheKey(({ data }) => ({ user: data["user"] }), 1);
    expect(key(contextOf({ user: "a", at: 1 }))).toBe(key(contextOf({ user: "a", at: 2 })));
    expect(key(contextOf({ user: "a" }))).not.toBe(key(contextOf({ user: "b" })));
    expect(() => compileCacheKey(async () => "a", 1)(contextOf({}))).toThrow(
      refusal("`key` is an object of the class Promise"),
    );
  });

  it("takes all of input and data where nothing is said", () => {
    const key = compileCacheKey(undefined, 1);
    expect(key(contextOf({ a: 1, b: 2 }, "in"))).toBe(key(contextOf({ b: 2, a: 1 }, "in")));
    expect(key(contextOf({ a: 1 }, "in"))).not.toBe(key(contextOf({ a: 2 }, "in")));
    expect(key(contextOf({ a: 1 }, "in"))).not.toBe(key(contextOf({ a: 1 }, "out")));
  });

  it("keeps owners apart", () => {
    const keys = [1, 2, 11, 12].flatMap((owner) =>
      ["1", "x", "1:x"].map((a) => compileCacheKey(["data.a"], owner)(contextOf({ a }))),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("compileCacheKey: what cannot be compared", () => {
  class Secret {
    readonly text = "hidden";
  }
  const cycle: { list: unknown[] } = { list: [] };
  cycle.list.push(cycle);
  let deep: unknown = "bottom";
  for (let level = 0; level < 10_000; level++) deep = [deep];

  it.each<[string, unknown, string]>([
    ["a function", { run: () => 1 }, "`data.value.run` is a function"],
    ["a symbol", [Symbol("hidden")], "`data.value.0` is a symbol"],
    ["a symbol as a key", { a: { [Symbol("hidden")]: 1 } }, "`data.value.a` has a symbol as a key"],
    ["an instance of a class", { a: 1, secret: new Secret() }, "`data.value.secret` is an object of the class Secret"],
    ["an error", [new Error("hidden")], "`data.value.0` is an object of the class Error"],
    ["a list with names", { a: Object.assign([1], { name: 1 }) }, "`data.value.a` is a list with named properties"],
    ["a cycle", { cycle }, "`data.value.cycle.list.0` is contained in itself"],
    ["a map in a map", new Map([["a", new Map([["b", () => 1]])]]), "`data.value.a.b` is a function"],
    ["bottomless data", deep, "is nested more than 200 levels deep"],
  ])("refuses %s and says where it is, but not what", (_, value, words) => {
    expect(() => keyOf(value)).toThrow(refusal(words));
    expect(() => keyOf(value)).not.toThrow(refusal("hidden"));
  });

  it("takes what is reachable twice without a cycle", () => {
    const shared = { a: 1 };
    expect(keyOf({ x: shared, y: [shared] })).toBe(keyOf({ x: { a: 1 }, y: [{ a: 1 }] }));
  });
});
