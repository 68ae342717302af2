import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyMergePatch, withoutPath } from "./merge-patch.ts";

describe("applyMergePatch", () => {
  // The object cases of RFC 7386, appendix A.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: "b" }, { a: { b: "c" } }, { a: { b: "c" } }],
  ])("%j with %j is %j", (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  it("shares what the patch does not name and changes neither argument", () => {
    const target = { messages: [{ role: "user" }], usage: { input: 1, output: 2 }, deep: { kept: {} } };
    const before = structuredClone(target);
    const result = applyMergePatch(target, { usage: { output: 3 } });
    expect(result).toEqual({ ...before, usage: { input: 1, output: 3 } });
    expect(result["messages"]).toBe(target.messages);
    expect(result["deep"]).toBe(target.deep);
    expect(target).toEqual(before);
  });

  it("returns the target itself when nothing differs", () => {
    const target = { a: 1, b: { c: 2 } };
    expect(applyMergePatch(target, { a: 1, b: { c: 2, d: null }, e: null, f: undefined })).toBe(target);
  });

  it("replaces dates and other classes as a whole", () => {
    const at = new Date(0);
    expect(applyMergePatch({ at: { year: 1970 } }, { at })["at"]).toBe(at);
  });

  it("keeps a key called __proto__ an ordinary key", () => {
    const result = applyMergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(Object.keys(result)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  it("gives the same when a patch is applied twice", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (data, patch) => {
          const once = applyMergePatch(data, patch);
          expect(applyMergePatch(once, patch)).toEqual(once);
        },
      ),
    );
  });
});

describe("withoutPath", () => {
  it("takes away that path and no other", () => {
    expect(withoutPath({ a: { b: 1, c: 2 }, d: 3 }, ["a", "b"])).toEqual({ a: { c: 2 }, d: 3 });
    expect(withoutPath({ a: { b: 1 }, d: 3 }, ["a"])).toEqual({ d: 3 });
    expect(withoutPath({ a: 1 }, ["x", "y"])).toEqual({ a: 1 });
  });
});
