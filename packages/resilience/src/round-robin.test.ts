import { describeLoadBalancer } from "@llmspell/testkit/conformance/load-balancer";
import { expect, it } from "vitest";
import { RoundRobin } from "./round-robin.ts";

describeLoadBalancer("round_robin", () => new RoundRobin(), { fair: true, inTurn: true });

it("takes each member in turn", () => {
  const members = ["a", "b", "c"].map((id) => ({ id, inFlight: 0, weight: 1 }));
  const balancer = new RoundRobin();
  expect(Array.from({ length: 7 }, () => balancer.pick(members))).toEqual([0, 1, 2, 0, 1, 2, 0]);
});

it("forgets those who have gone, after very many", () => {
  const balancer = new RoundRobin();
  for (let id = 0; id < 5000; id++) expect(balancer.pick([{ id: `m${id}`, inFlight: 0, weight: 1 }])).toBe(0);
});
