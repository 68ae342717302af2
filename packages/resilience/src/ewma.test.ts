import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { Ewma } from "./ewma.ts";

describe("Ewma", () => {
  it("has no value before the first", () => {
    expect(new Ewma({ halfLife: "1s" }, { clock: new VirtualClock() }).value).toBeUndefined();
  });

  it("is the plain mean of values that come at once", () => {
    const average = new Ewma({ halfLife: "1s" }, { clock: new VirtualClock(1_700_000_000_000) });
    for (const value of [1, 2, 6]) average.add(value);
    expect(average.value).toBe(3);
  });

  it("weighs a value half after one half-life", async () => {
    const clock = new VirtualClock();
    const average = new Ewma({ halfLife: "1s" }, { clock });
    average.add(10);
    await clock.advance(1000);
    average.add(40);
    expect(average.value).toBeCloseTo((10 * 0.5 + 40) / 1.5, 12);
  });

  it("keeps its value while nothing comes, and forgets it in favour of the next", async () => {
    const clock = new VirtualClock();
    const average = new Ewma({ halfLife: "10ms" }, { clock });
    average.add(5);
    await clock.advance(100_000);
    expect(average.value).toBe(5);
    average.add(7);
    expect(average.value).toBe(7);
  });
});
