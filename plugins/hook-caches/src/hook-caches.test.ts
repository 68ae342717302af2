import type { ComputedAnswer, HookContext } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import { describeHookCache } from "@llmspell/testkit/conformance/hook-cache";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdaptiveCache } from "./adaptive-cache.ts";
import { InputCache } from "./input-cache.ts";
import { ResultCache } from "./result-cache.ts";

/** A power may be off by its last digit. */
const ROUNDED_DOWN = 1 - 1e-12;
const repo = { name: "llmspell", id: 7 };

describeHookCache("input", () => new InputCache());
describeHookCache("result", () => new ResultCache());
describeHookCache(
  "result with keys",
  () => new ResultCache({ invalidationKeys: ["repo:{{ context.data.repo.id }}"] }),
  [{ data: { repo } }],
);
describeHookCache("adaptive", () => new AdaptiveCache());
describeHookCache("adaptive, steep", () => new AdaptiveCache({ performanceFactor: 4, minTtl: 0, maxTtl: "100d" }));
describeHookCache("adaptive, flat", () => new AdaptiveCache({ performanceFactor: 0 }));

const context: HookContext = {
  point: "before_work",
  input: { user: "ada" },
  data: { repo, tags: ["a", "b"], nothing: null },
  attempt: 1,
  scope: {},
  signal: new AbortController().signal,
  clock: new VirtualClock(),
};
const answer = (duration: number, hits: number, misses: number): ComputedAnswer => ({
  context,
  duration,
  hits,
  misses,
});

describe("InputCache", () => {
  it("lets every answer live for its ttl, a minute unless said", () => {
    expect(new InputCache({ ttl: "2s" }).lifetimeOf()).toBe(2000);
    expect(new InputCache({ ttl: 0 }).lifetimeOf()).toBe(0);
    expect(new InputCache().lifetimeOf()).toBe(60_000);
    expect(() => new InputCache({ ttl: "soon" })).toThrow(expect.objectContaining({ code: "LLMSPELL_E_DURATION" }));
  });
});

describe("ResultCache", () => {
  const keysOf = (...invalidationKeys: string[]) => new ResultCache({ invalidationKeys }).invalidationKeysOf(context);

  it("lets every answer live for its ttl, five minutes unless said", () => {
    expect(new ResultCache({ ttl: "2s" }).lifetimeOf()).toBe(2000);
    expect(new ResultCache().lifetimeOf()).toBe(300_000);
  });

  it("makes its keys from the context", () => {
    expect(keysOf()).toEqual([]);
    expect(keysOf("all", "repo:{{ context.data.repo.id }}", "{{ context.input.user }}@{{ context.point }}")).toEqual([
      "all",
      "repo:7",
      "ada@before_work",
    ]);
  });

  it("makes a text of every value", () => {
    const values = ["repo.id", "repo", "tags", "nothing", "repo.name"];
    expect(keysOf(...values.map((path) => `{{ context.data.${path} }}`))).toEqual([
      "7",
      '{"name":"llmspell","id":7}',
      '["a","b"]',
      "",
      "llmspell",
    ]);
  });

  it("has no keys for a context that lacks what they name", () => {
    expect(() => keysOf("{{ context.data.user.id }}")).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION_VALUE" }),
    );
  });

  it("refuses a template that does not compile", () => {
    expect(() => keysOf("{{ context.data. }}")).toThrow(expect.objectContaining({ code: "LLMSPELL_E_TEMPLATE" }));
    expect(() => keysOf("{{ event.id }}")).toThrow(expect.objectContaining({ code: "LLMSPELL_E_TEMPLATE" }));
  });
});

describe("AdaptiveCache", () => {
  it("follows its formula", () => {
    const cache = new AdaptiveCache({ baseTtl: "1m", performanceFactor: 0.5, minTtl: "1s", maxTtl: "1h" });
    expect(cache.lifetimeOf(answer(20, 0, 1))).toBe(60_000);
    expect(cache.lifetimeOf(answer(2000, 0, 1))).toBe(600_000);
    expect(cache.lifetimeOf(answer(40, 0, 3))).toBe(60_000);
    expect(cache.lifetimeOf(answer(40, 9, 1))).toBeCloseTo(60_000 * Math.sqrt((40 * 10) / 11 / 10), 6);
    expect(new AdaptiveCache({ performanceFactor: 1 }).lifetimeOf(answer(60, 0, 1))).toBe(180_000);
  });

  it("stays within its bounds", () => {
    const cache = new AdaptiveCache({ minTtl: "5s", maxTtl: "10m" });
    expect(cache.lifetimeOf(answer(0, 1000, 1))).toBe(5000);
    expect(cache.lifetimeOf(answer(1e6, 1000, 1))).toBe(600_000);
  });

  it("does not go by what happens where the factor is 0", () => {
    const cache = new AdaptiveCache({ performanceFactor: 0 });
    expect(cache.lifetimeOf(answer(0, 0, 1))).toBe(60_000);
    expect(cache.lifetimeOf(answer(1000, 100, 1))).toBe(60_000);
  });

  it("gives no less to a slower hook or to one that is hit more often, no more to one that is missed more often", () => {
    const some = fc.double({ min: 0, max: 10_000, noNaN: true });
    const factor = fc.double({ min: 0, max: 4, noNaN: true });
    fc.assert(
      fc.property(
        factor,
        some,
        some,
        fc.nat(1000),
        fc.nat(1000),
        fc.nat(1000),
        (exponent, slow, more, hits, add, misses) => {
          const cache = new AdaptiveCache({ performanceFactor: exponent });
          const lifetime = cache.lifetimeOf(answer(slow, hits, misses + 1));
          expect(cache.lifetimeOf(answer(slow + more, hits, misses + 1))).toBeGreaterThanOrEqual(
            lifetime * ROUNDED_DOWN,
          );
          expect(cache.lifetimeOf(answer(slow, hits + add, misses + 1))).toBeGreaterThanOrEqual(
            lifetime * ROUNDED_DOWN,
          );
          expect(lifetime).toBeGreaterThanOrEqual(
            cache.lifetimeOf(answer(slow, hits, misses + 1 + add)) * ROUNDED_DOWN,
          );
        },
      ),
    );
  });

  it.each([{ baseTtl: 0, minTtl: 0 }, { minTtl: "2m" }, { maxTtl: "30s" }])("refuses the bounds %j", (options) => {
    expect(() => new AdaptiveCache(options)).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_CACHE_TTL" }));
  });

  it.each([-1, 5, Number.NaN])("refuses the factor %d", (performanceFactor) => {
    expect(() => new AdaptiveCache({ performanceFactor })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_HOOK_CACHE_FACTOR" }),
    );
  });
});
