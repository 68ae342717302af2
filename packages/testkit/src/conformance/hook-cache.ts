import type { ComputedAnswer, HookCache, HookContext } from "@llmspell/hooks";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { VirtualClock } from "../virtual-clock.ts";

/** What a hook is called with, in the suite; for a cache whose invalidation keys are made from it, what they need. */
export type HookCacheSample = Partial<Pick<HookContext, "point" | "input" | "data">>;

/** Figures that a hook can have: from its first call on, quick or slow, never or always hit. */
const figures = fc.record({
  duration: fc.oneof(fc.constantFrom(0, 1e-6, 1e9), fc.double({ min: 0, max: 60_000, noNaN: true })),
  hits: fc.oneof(fc.constantFrom(0, 2 ** 40), fc.nat()),
  misses: fc.oneof(fc.constantFrom(1, 2 ** 40), fc.integer({ min: 1, max: 1e6 })),
});

/**
 * The rules that every hook cache keeps, whatever it goes by.
 *
 * @param name how the cache is called in YAML
 * @param create makes one, the same each time
 * @param samples what hooks are called with
 */
export function describeHookCache(
  name: string,
  create: () => HookCache,
  samples: readonly HookCacheSample[] = [{}],
): void {
  const clock = new VirtualClock();
  const contexts = samples.map((sample) => contextOf(sample, clock));
  const answers: fc.Arbitrary<ComputedAnswer> = fc
    .tuple(fc.constantFrom(...contexts), figures)
    .map(([context, counted]) => ({ context, ...counted }));

  describe(`hook cache ${name}`, () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    it("gives lifetimes of 0 or more, at once", () => {
      const cache = create();
      fc.assert(
        fc.property(answers, (answer) => {
          const lifetime = cache.lifetimeOf(answer);
          expect(typeof lifetime).toBe("number");
          expect(lifetime).toBeGreaterThanOrEqual(0);
        }),
      );
    });

    it("gives the same lifetime for the same answer, whatever it was asked before", () => {
      const cache = create();
      fc.assert(
        fc.property(answers, answers, (answer, other) => {
          const first = cache.lifetimeOf(answer);
          cache.lifetimeOf(other);
          expect(cache.lifetimeOf(answer)).toBe(first);
          expect(create().lifetimeOf(answer)).toBe(first);
        }),
      );
    });

    it("does not go by the time, neither the machine's nor the context's", async () => {
      const cache = create();
      const asked = fc.sample(answers, 50);
      const askAll = () => ({
        lifetimes: asked.map((answer) => cache.lifetimeOf(answer)),
        keys: contexts.map((context) => cache.invalidationKeysOf?.(context)),
      });
      vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1000 });
      const before = askAll();
      await clock.advance(86_400_000);
      vi.setSystemTime(1e12);
      expect(askAll()).toEqual(before);
    });

    it.each(samples)("names what invalidates an answer by texts, the same each time: %j", (sample) => {
      const cache = create();
      const context = contextOf(sample, clock);
      const keys = cache.invalidationKeysOf?.(context) ?? [];
      for (const key of keys) expect(typeof key).toBe("string");
      expect(cache.invalidationKeysOf?.(context) ?? []).toEqual(keys);
      expect(create().invalidationKeysOf?.(context) ?? []).toEqual(keys);
    });
  });
}

/** Frozen throughout, so that a cache that writes to it fails. */
function contextOf({ point = "before_work", input, data = {} }: HookCacheSample, clock: VirtualClock): HookContext {
  const { signal } = new AbortController();
  return Object.freeze({ point, input: freeze(input), data: freeze(data), attempt: 1, scope: {}, signal, clock });
}

function freeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
