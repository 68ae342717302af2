import { describeLoadBalancer } from "@llmspell/testkit/conformance/load-balancer";
import { expect, it } from "vitest";
import { SmoothWeighted } from "./smooth-weighted.ts";

describeLoadBalancer("weighted", () => new SmoothWeighted(), { fair: true, weighted: true });

it("spreads a heavy member's turns among the others'", () => {
  const members = [
    { id: "a", inFlight: 0, weight: 5 },
    { id: "b", inFlight: 0, weight: 1 },
    { id: "c", inFlight: 0, weight: 1 },
  ];
  const balancer = new SmoothWeighted();
  const turns = Array.from({ length: 14 }, () => members[balancer.pick(members)]?.id);
  expect(turns.join("")).toBe("aabacaaaabacaa");
});
