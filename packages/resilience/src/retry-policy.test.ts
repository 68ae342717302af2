import { expect, it } from "vitest";
import { RetryPolicy } from "./retry-policy.ts";

it("doubles the wait up to the maximum, half of it random", () => {
  const settings = { attempts: 9, backoff: "100ms", maxBackoff: "1s" };
  const waits = (random: number) =>
    [1, 2, 3, 4, 5, 9].map((n) => new RetryPolicy(settings, () => random).delayAfter(n));
  expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500]);
  expect(waits(0.5)).toEqual([75, 150, 300, 600, 750, 750]);
});
