import { seededRandom } from "@llmspell/base";
import type { HookOutcome } from "@llmspell/hooks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Redact } from "./redact.ts";
import { Restore } from "./restore.ts";
import { contextFor } from "./testing/context-for.ts";

const random = seededRandom(3);

function textAfter(outcome: HookOutcome | undefined, text: string): string {
  return outcome?.kind === "modify" ? String(outcome.patch["text"]) : text;
}

/** The text as `redact` leaves it in a scope. */
function redacted(text: string, scope: object): string {
  return textAfter(new Redact({ reversible: true }, { random }).handle(contextFor({ text }, { scope })), text);
}

describe("restore", () => {
  it("puts back what redact replaced in its scope", () => {
    const scope = {};
    const hook = new Restore();
    const text = `Mail to ${redacted("a@example.com", scope)}, not ${redacted("+1 415-555-2671", scope)}.`;
    expect(hook.handle(contextFor({ text }, { scope }))).toEqual({
      kind: "modify",
      patch: { text: "Mail to a@example.com, not +1 415-555-2671." },
    });
    expect(hook.figures()).toEqual({ restored: 2, unknown: 0 });
  });

  it("never puts back what another scope replaced, nor what somebody made up", () => {
    const hook = new Restore();
    const text = `${redacted("a@example.com", {})} [redacted:email:abcdefghi] [redacted:email]`;
    expect(hook.handle(contextFor({ text }, { scope: {} }))).toBeUndefined();
    expect(hook.figures()).toEqual({ restored: 0, unknown: 2 });
  });

  it("looks only at its fields, at any depth", () => {
    const scope = {};
    const token = redacted("a@example.com", scope);
    const data = { text: token, input: { to: [token] } };
    expect(new Restore().handle(contextFor(data, { scope }))).toEqual({
      kind: "modify",
      patch: { text: "a@example.com" },
    });
    expect(new Restore({ fields: ["input"] }).handle(contextFor(data, { scope }))).toEqual({
      kind: "modify",
      patch: { input: { to: ["a@example.com"] } },
    });
  });

  it("does not put back a value that itself looks like a token", () => {
    const scope = {};
    const token = redacted("a@example.com", scope);
    const hook = new Redact({ reversible: true, detect: [], patterns: { all: "T=\\S+" } }, { random });
    const outcome = hook.handle(contextFor({ text: "T=[redacted:email:abcdefghi]" }, { scope }));
    const text = outcome?.kind === "modify" ? `${outcome.patch["text"]} ${token}` : "";
    expect(new Restore().handle(contextFor({ text }, { scope }))).toMatchObject({
      patch: { text: "T=[redacted:email:abcdefghi] a@example.com" },
    });
  });

  it("gives any text back as it was, however often it was redacted", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.emailAddress(),
      fc.constantFrom("4111 1111 1111 1111", "+1 415-555-2671", "[redacted:email]", "[redacted:phone:abcdefghi]", " "),
    );
    const patterns = { letters: "[a-c]{2,}", marks: "redacted|\\[|:" };
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join(" ");
        const scope = {};
        const redact = new Redact({ reversible: true, patterns }, { random });
        const once = textAfter(redact.handle(contextFor({ text }, { scope })), text);
        const twice = textAfter(redact.handle(contextFor({ text: once }, { scope })), once);
        expect(twice).toBe(once);
        expect(textAfter(new Restore().handle(contextFor({ text: twice }, { scope })), twice)).toBe(text);
      }),
    );
  });
});
