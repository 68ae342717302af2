import { describeLoadBalancer } from "@llmspell/testkit/conformance/load-balancer";
import { describe, expect, it } from "vitest";
import { ConsistentHash } from "./consistent-hash.ts";

const keyed = { loadFactor: 1.25 };
describeLoadBalancer("consistent_hash", () => new ConsistentHash(), { fair: false, keyed });
describeLoadBalancer("consistent_hash, tight", () => new ConsistentHash({ loadFactor: 1 }), {
  fair: false,
  keyed: { loadFactor: 1 },
});

function membersOf(...weights: readonly number[]) {
  return weights.map((weight, index) => ({ id: `m${index}`, inFlight: 0, weight }));
}

describe("ConsistentHash", () => {
  it("gives keys in proportion to the weights, and moves none when all weights grow alike", () => {
    const balancer = new ConsistentHash();
    const placesOf = (...weights: readonly number[]) =>
      Array.from({ length: 4000 }, (_, key) => balancer.pick(membersOf(...weights), `key-${key}`));
    const places = placesOf(1, 3);
    expect(places.filter((place) => place === 1).length / places.length).toBeCloseTo(0.75, 1);
    expect(placesOf(2, 6)).toEqual(places);
  });

  it("sends what is too much for a key's member to one other, always the same", () => {
    const balancer = new ConsistentHash();
    const members = membersOf(1, 1, 1, 1);
    const home = balancer.pick(members, "hot");
    for (const [index, member] of members.entries()) member.inFlight = index === home ? 10 : 2;
    const next = balancer.pick(members, "hot");
    expect(next).not.toBe(home);
    expect(balancer.pick(members, "hot")).toBe(next);
    const others = members.filter((_, index) => index !== home);
    expect(others[balancer.pick(others, "hot")]?.id).toBe(members[next]?.id);
  });

  it("keeps keys where they are, whatever the load, with a large factor", () => {
    const balancer = new ConsistentHash({ loadFactor: 1e9 });
    const members = membersOf(1, 1, 1);
    const home = balancer.pick(members, "hot");
    for (const [index, member] of members.entries()) member.inFlight = index === home ? 1000 : 0;
    expect(balancer.pick(members, "hot")).toBe(home);
  });

  it("tells apart keys and ids of all alphabets", () => {
    const balancer = new ConsistentHash();
    const members = membersOf(...Array.from({ length: 50 }, () => 1));
    const places = ["ключ-1", "ключ-2", "鍵", "鍵鍵", "a", "b", "", " "].map((key) => balancer.pick(members, key));
    expect(new Set(places).size).toBeGreaterThan(5);
  });
});
