import { describeLoadBalancer } from "@llmspell/testkit/conformance/load-balancer";
import { expect, it } from "vitest";
import { WeightedRandom } from "./weighted-random.ts";

describeLoadBalancer("random", (random) => new WeightedRandom({ random }), { fair: true, weighted: true });

it("maps the random number onto the weights", () => {
  const members = [
    { id: "a", inFlight: 0, weight: 1 },
    { id: "b", inFlight: 0, weight: 3 },
  ];
  const pickAt = (value: number) => new WeightedRandom({ random: () => value }).pick(members);
  expect([0, 0.249, 0.25, 0.999].map(pickAt)).toEqual([0, 0, 1, 1]);
});
