import fc from "fast-check";
import { expect, it } from "vitest";
import { tokensOf, trimMessages } from "./message-trimming.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One token a character. */
const tokenizer: Tokenizer = { count: (text) => text.length, cut: (text, limit) => text.slice(0, limit) };

const content = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.array(fc.record({ type: fc.constant("text"), text: fc.string({ maxLength: 5 }) }), { maxLength: 3 }),
);
const message = fc.record({ role: fc.constantFrom("system", "user", "assistant", "tool"), content });
type Message = typeof message extends fc.Arbitrary<infer Value> ? Value : never;

const total = (messages: readonly unknown[]) =>
  messages.reduce<number>((sum, one) => sum + tokensOf(one, tokenizer), 0);

it("fits, keeps the order, and touches no system message", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), fc.nat(60), (messages, limit) => {
      const trimmed = trimMessages(messages, limit, tokenizer);
      const systems = messages.filter(({ role }) => role === "system");
      if (trimmed === undefined) {
        // All that is not the operator's can be cut away here, so only that can be too much.
        expect(total(systems)).toBeGreaterThan(limit);
        return;
      }
      expect(total(trimmed.messages)).toBeLessThanOrEqual(limit);
      expect(trimmed.messages.filter((one) => systems.some((system) => system === one))).toEqual(systems);
      expect(trimmed.messages.length + trimmed.dropped).toBe(messages.length);
      const roles = trimmed.messages.map((one) => (one as Message).role);
      expect(
        isSubsequence(
          roles,
          messages.map(({ role }) => role),
        ),
      ).toBe(true);
      expect(roles.at(-1)).toBe(messages.at(-1)?.role);
      if (total(messages) <= limit) expect(trimmed).toEqual({ messages, dropped: 0, cut: 0 });
    }),
  );
});

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0;
  for (const item of whole) if (item === part[found]) found++;
  return found === part.length;
}
