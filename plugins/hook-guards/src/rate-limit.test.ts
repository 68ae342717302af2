import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { RateLimitOptions } from "./generated/options.ts";
import { RateLimit } from "./rate-limit.ts";
import { contextFor } from "./testing/context-for.ts";

function setUp(options: RateLimitOptions) {
  const clock = new VirtualClock();
  const hook = new RateLimit(options, { clock });
  return { clock, hook, pass: (data = {}) => hook.handle(contextFor(data)) };
}

describe("rate_limit", () => {
  it("lets a burst through, and then what the rate allows", async () => {
    const { clock, hook, pass } = setUp({ rate: "1/s", burst: 2 });
    const limited = { kind: "cancel", reason: "The rate limit is used up." };
    expect([pass(), pass(), pass()]).toEqual([undefined, undefined, limited]);
    await clock.advance(999);
    expect(pass()).toEqual(limited);
    await clock.advance(1);
    expect([pass(), pass()]).toEqual([undefined, limited]);
    expect(hook.figures()).toEqual({ allowed: 3, limited: 3, keys: 1, evictedKeys: 0 });
  });

  it("has the work done again when a token has come in, where told to", async () => {
    const { clock, pass } = setUp({ rate: "30/m", burst: 1, action: "retry" });
    expect(pass()).toBeUndefined();
    expect(pass()).toEqual({ kind: "retry", reason: "The rate limit is used up.", delay: 2000 });
    await clock.advance(2000);
    expect(pass()).toBeUndefined();
  });

  it("limits each key on its own", () => {
    const { hook, pass } = setUp({ rate: 1, key: "context.data.user" });
    expect([pass({ user: "a" }), pass({ user: "b" })]).toEqual([undefined, undefined]);
    expect(pass({ user: "a" })).toBeDefined();
    // A number is no text.
    expect([pass({ user: 1 }), pass({ user: "1" })]).toEqual([undefined, undefined]);
    expect(hook.figures()).toMatchObject({ keys: 4 });
  });

  it("keeps a bounded number of keys, of bounded size", () => {
    const { hook, pass } = setUp({ rate: 1, key: "context.data.user", maxKeys: 2 });
    const long = "x".repeat(100_000);
    for (const user of ["a", `${long}1`, `${long}2`]) expect(pass({ user })).toBeUndefined();
    expect(pass({ user: `${long}1` })).toBeDefined();
    expect(hook.figures()).toMatchObject({ keys: 2, evictedKeys: 1 });
    expect(pass({ user: "a" })).toBeUndefined();
  });

  it("fails when the key is not there, so that nothing passes unlimited", () => {
    expect(() => setUp({ rate: 1, key: "context.data.user" }).pass()).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION_VALUE" }),
    );
  });

  it("refuses a rate and an expression that are none", () => {
    expect(() => new RateLimit({ rate: "often" })).toThrow(expect.objectContaining({ code: "LLMSPELL_E_RATE" }));
    expect(() => new RateLimit({ rate: 1, key: "contxt" })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION" }),
    );
  });
});
