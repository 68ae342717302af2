import { sequentialStrategy } from "@llmspell/hooks";
import { AdaptiveStrategy } from "@llmspell/plugin-hook-strategies";
import { describe, expect, it } from "vitest";
import { type MixResult, priorityOrderWithin, replayMix } from "../hooks/recorded-mix.ts";

const BUDGET = 100;
/** Where the guard stands: where it was recorded, amid the others, and behind all of them. */
const PLACES = [90, 50, 1] as const;

describe.each(PLACES)("the recorded mix, its guard at priority %i", (place) => {
  it("stays inside the budget in 99 of 100 runs, which sequential does not, and runs its guard in all", async () => {
    const adaptive = await replayMix(new AdaptiveStrategy({ budget: BUDGET }), BUDGET, place);
    const sequential = await replayMix(sequentialStrategy, BUDGET, place);
    expect(adaptive.insideBudget).toBeGreaterThanOrEqual(99);
    expect(sequential.insideBudget).toBeLessThan(50);
    expect([adaptive, sequential].map(({ guarded }: MixResult) => guarded)).toEqual([100, 100]);
  });

  it("runs more total priority than priority order alone does within the same budget", async () => {
    const adaptive = await replayMix(new AdaptiveStrategy({ budget: BUDGET }), BUDGET, place);
    const alone = await replayMix(priorityOrderWithin(BUDGET), BUDGET, place);
    expect(alone.insideBudget).toBeGreaterThan(98);
    expect(adaptive.priority).toBeGreaterThan(1.1 * alone.priority);
  });
});
