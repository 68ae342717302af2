import { describe, expect, it } from "vitest";
import { RetryPolicy } from "./retry-policy.ts";

describe("RetryPolicy", () => {
  it("tries once when there are no options", () => {
    expect(new RetryPolicy(undefined, () => 0).attempts).toBe(1);
  });

  it("takes what is left out from the defaults", () => {
    expect(new RetryPolicy({}, () => 0).attempts).toBe(3);
  });

  it("doubles the wait up to the maximum, half of it random", () => {
    const options = { attempts: 9, backoff: "100ms", maxBackoff: "1s" };
    const waits = (random: number) =>
      [1, 2, 3, 4, 5, 9].map((n) => new RetryPolicy(options, () => random).delayAfter(n));
    expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(waits(0.5)).toEqual([75, 150, 300, 600, 750, 750]);
  });
});
