import { describeLoadBalancer } from "@llmspell/testkit/conformance/load-balancer";
import { expect, it } from "vitest";
import { LeastConnections } from "./least-connections.ts";

describeLoadBalancer("least_connections", () => new LeastConnections(), { fair: true, weighted: true });

it("takes the member with the least work under way", () => {
  const members = [5, 2, 3].map((inFlight, index) => ({ id: `m${index}`, inFlight, weight: 1 }));
  expect(new LeastConnections().pick(members)).toBe(1);
});

it("measures the work against the weight", () => {
  const members = [
    { id: "light", inFlight: 2, weight: 1 },
    { id: "heavy", inFlight: 4, weight: 4 },
  ];
  expect(new LeastConnections().pick(members)).toBe(1);
});

it("takes idle members in turn", () => {
  const members = ["a", "b", "c"].map((id) => ({ id, inFlight: 0, weight: 1 }));
  const balancer = new LeastConnections();
  expect(Array.from({ length: 5 }, () => balancer.pick(members))).toEqual([0, 1, 2, 0, 1]);
});
