import { describe, expect, it } from "vitest";
import type { RegexOptions } from "./generated/options.ts";
import { Regex } from "./regex.ts";
import { contextFor } from "./testing/context-for.ts";

const check = (text: unknown, options: RegexOptions) =>
  new Regex({ fields: ["text"], ...options }).handle(contextFor({ text, other: "secret plan" }));

const deny = { codename: "\\bproject [xyz]\\b", price: "\\d+ ?€" };
const allow = { yes: "^yes", no: "^no" };

describe("regex", () => {
  it("objects to what is denied, and names the patterns and not the text", () => {
    expect(check("All is well.", { deny })).toBeUndefined();
    expect(check(["fine", { a: "project x costs 3 €" }], { deny })).toEqual({
      kind: "cancel",
      reason: "A text contains what is denied (codename, price).",
    });
  });

  it("tells capital letters from small ones, unless told not to", () => {
    expect(check("PROJECT X", { deny })).toBeUndefined();
    expect(check("PROJECT X", { deny, ignoreCase: true })).toMatchObject({ kind: "cancel" });
    expect(check("YES", { allow, ignoreCase: true })).toBeUndefined();
  });

  it("objects to a text that matches nothing that is allowed, and to no text at all", () => {
    expect(check("yes, please", { allow })).toBeUndefined();
    expect(check(["yes", "no"], { allow })).toBeUndefined();
    const objected = { kind: "cancel", reason: "A text matches no pattern that is allowed." };
    expect(check(["yes", "maybe"], { allow })).toEqual(objected);
    expect(check(undefined, { allow })).toEqual(objected);
    expect(check(42, { allow })).toEqual(objected);
  });

  it("has the work done again, or flags, where told to", () => {
    expect(check("maybe 3 €", { allow, deny, action: "retry" })).toEqual({
      kind: "retry",
      reason: "A text contains what is denied (price) and matches no pattern that is allowed.",
      delay: undefined,
    });
    expect(check("maybe 3 €", { allow, deny, action: "flag" })).toEqual({
      kind: "modify",
      patch: { regex: { price: "denied", allow: "not matched" } },
    });
  });

  it("looks at all of the data unless told where", () => {
    expect(new Regex({ deny: { plan: "plan$" } }).handle(contextFor({ a: [{ b: "secret plan" }] }))).toBeDefined();
  });

  it("counts", () => {
    const hook = new Regex({ allow, deny });
    for (const text of ["yes", "yes, 3 €", "maybe"]) hook.handle(contextFor({ text }));
    expect(hook.figures()).toEqual({ checked: 3, notAllowed: 1, denied_codename: 0, denied_price: 1 });
  });

  it("is not held up by any text", () => {
    expect(check("a".repeat(200_000), { deny: { nested: "(?:a+)+!", twice: "(?:a|a)*!" } })).toBeUndefined();
  }, 5000);

  it("refuses a pattern that could be held up", () => {
    expect(() => new Regex({ deny: { look: "(?=x)" } })).toThrow(
      expect.objectContaining({
        code: "LLMSPELL_E_HOOK_GUARD_PATTERN",
        message: expect.stringContaining('"look" of the hook regex'),
      }),
    );
  });
});
