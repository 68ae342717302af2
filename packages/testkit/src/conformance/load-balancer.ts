import { type Clock, type Random, seededRandom } from "@llmspell/base";
import type { LoadBalancer } from "@llmspell/resilience";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../virtual-clock.ts";

export interface LoadBalancerSuiteOptions {
  /** Whether members of equal weight get equal shares over many picks; so it is unless the balancer goes by the key. */
  readonly fair: boolean;
  /** Whether a member of weight 3 gets about three times the picks of a member of weight 1. */
  readonly weighted?: boolean;
  /** Whether idle members of equal weight are picked in turn, also when some are left out for a while. */
  readonly inTurn?: boolean;
  /** Whether work of one key goes to one member, and how far that may be above its due share of the work under way. */
  readonly keyed?: { readonly loadFactor: number };
}

interface TestMember {
  readonly id: string;
  readonly weight: number;
  inFlight: number;
}

/** How far from its due share a member may be, relative to it. */
const TOLERANCE = 0.1;
const PICKS = 6000;

/**
 * The contract of kind `load-balancer`, as tests: every implementation passes it.
 *
 * @param create makes a balancer that takes its chance, and its time, from these
 */
export function describeLoadBalancer(
  name: string,
  create: (random: Random, clock: Clock) => LoadBalancer,
  options: LoadBalancerSuiteOptions,
): void {
  const balancerOf = (seed: number) => create(seededRandom(seed), new VirtualClock());

  describe(`load balancer ${name}`, () => {
    it("picks an index in range, however the members change between calls", () => {
      const random = seededRandom(1);
      const balancer = balancerOf(2);
      for (let call = 0; call < 500; call++) {
        const members = membersOf(1 + Math.floor(random() * 8));
        const index = balancer.pick(members, `key-${call % 7}`);
        expect(Number.isInteger(index) && index >= 0 && index < members.length).toBe(true);
      }
    });

    it("picks the only member", () => {
      expect(balancerOf(3).pick(membersOf(1), undefined)).toBe(0);
    });

    it("does the same with the same random numbers and calls", () => {
      const picks = () => {
        const balancer = balancerOf(4);
        return Array.from({ length: 50 }, (_, call) => balancer.pick(membersOf(5), `key-${call}`));
      };
      expect(picks()).toEqual(picks());
    });

    it("takes being told how work ended", () => {
      const balancer = balancerOf(5);
      const [member] = membersOf(1);
      if (member === undefined) throw new Error("A list of one member has a first.");
      balancer.settled?.(member, 12.5, true);
      balancer.settled?.(member, 0, false);
      expect(balancer.pick([member], undefined)).toBe(0);
    });

    it("gives a member nothing while it is left out, and the others all", () => {
      const balancer = balancerOf(9);
      const members = membersOf(4);
      sharesOf(balancer, members);
      const others = members.slice(1);
      const [ejected] = members;
      const picks = Array.from({ length: 500 }, (_, call) => others[balancer.pick(others, `key-${call}`)]);
      expect(picks.filter((member) => member === undefined || member === ejected)).toEqual([]);
    });

    if (options.fair) {
      it("gives members of equal weight equal shares", () => {
        const shares = sharesOf(balancerOf(6), membersOf(4));
        for (const share of shares) expect(Math.abs(share - 1 / 4)).toBeLessThan(TOLERANCE / 4);
      });

      it("gives a member that was left out for a while its share again, no more and no less", () => {
        const balancer = balancerOf(10);
        const members = membersOf(4);
        for (const offered of [members, members.slice(1), members]) {
          const shares = sharesOf(balancer, offered);
          const due = 1 / offered.length;
          for (const share of shares) expect(Math.abs(share - due)).toBeLessThan(TOLERANCE * due);
        }
      });

      it("keeps members of equal speed equally busy, in virtual time, when they can be full", async () => {
        const shares = await simulatedShares(create);
        for (const share of shares) expect(Math.abs(share - 1 / 4)).toBeLessThan(TOLERANCE / 4);
      });
    }

    if (options.keyed !== undefined) describeKeys(balancerOf, options.keyed.loadFactor);

    if (options.inTurn === true) {
      it("picks each idle member in turn, whoever is left out in between, and in whatever order they are offered", () => {
        const balancer = balancerOf(8);
        const [a, b, c] = ["a", "b", "c"].map((id) => testMember(id, 1));
        if (a === undefined || b === undefined || c === undefined)
          throw new Error("A list of three has three members.");
        const picked = (members: readonly TestMember[]) => members[balancer.pick(members, undefined)]?.id;
        expect(
          [
            [a, b, c],
            [b, c],
            [a, c],
            [c, b, a],
            [a, b, c],
            [b, a, c],
          ].map(picked),
        ).toEqual([...["a", "b", "c"], ...["a", "b", "c"]]);
        expect(
          [
            [a, b],
            [a, b],
            [a, b],
            [a, b, c],
          ].map(picked),
        ).toEqual(["a", "b", "a", "c"]);
      });
    }

    if (options.weighted === true) {
      it("gives shares in proportion to the weights", () => {
        const [light = 0, heavy = 0] = sharesOf(balancerOf(7), [testMember("light", 1), testMember("heavy", 3)]);
        expect(Math.abs(light - 1 / 4)).toBeLessThan(TOLERANCE / 4);
        expect(Math.abs(heavy - 3 / 4)).toBeLessThan((TOLERANCE * 3) / 4);
      });
    }
  });
}

/** What a balancer does that goes by the key. */
function describeKeys(balancerOf: (seed: number) => LoadBalancer, loadFactor: number): void {
  const keys = Array.from({ length: PICKS }, (_, number) => `user:${number}`);

  function placesOf(balancer: LoadBalancer, members: readonly TestMember[]): Map<string, string> {
    return new Map(keys.map((key) => [key, members[balancer.pick(members, key)]?.id ?? "nowhere"]));
  }

  it("gives work of one key to one member, in whatever order members are offered, also after a restart", () => {
    const members = membersOf(5);
    const places = placesOf(balancerOf(11), members);
    expect(placesOf(balancerOf(12), [...members].reverse())).toEqual(places);
  });

  it("spreads the keys evenly", () => {
    const places = [...placesOf(balancerOf(13), membersOf(4)).values()];
    for (const { id } of membersOf(4)) {
      const share = places.filter((place) => place === id).length / keys.length;
      expect(Math.abs(share - 1 / 4)).toBeLessThan(TOLERANCE / 4);
    }
  });

  it("moves about one in n keys when a member goes or comes, and only those that it had or gets", () => {
    const members = membersOf(10);
    const balancer = balancerOf(14);
    const all = placesOf(balancer, members);
    const [gone, ...others] = members;
    const without = placesOf(balancer, others);
    const moved = keys.filter((key) => all.get(key) !== without.get(key));
    expect(new Set(moved.map((key) => all.get(key)))).toEqual(new Set([gone?.id]));
    expect(Math.abs(moved.length / keys.length - 1 / 10)).toBeLessThan((TOLERANCE * 2) / 10);
    expect(placesOf(balancer, members)).toEqual(all);
  });

  it("gives no member more than its bound, though all work has one key", () => {
    const balancer = balancerOf(15);
    const members = membersOf(6);
    for (let call = 1; call <= 600; call++) {
      const member = members[balancer.pick(members, "hot")];
      if (member !== undefined) member.inFlight++;
      const bound = Math.ceil((loadFactor * call) / members.length);
      expect(Math.max(...members.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(bound);
    }
  });

  it("takes work without a key", () => {
    const shares = membersOf(3).map(() => 0);
    const balancer = balancerOf(16);
    for (let call = 0; call < 300; call++) {
      const index = balancer.pick(membersOf(3), undefined);
      shares[index] = (shares[index] ?? 0) + 1;
    }
    expect(shares.every((count) => count > 0)).toBe(true);
  });
}

/**
 * What share of the work each of four members gets that take one call at a time for 10 ms, when calls come at random and
 * keep them 70 % busy. Full members are not offered.
 */
async function simulatedShares(create: (random: Random, clock: Clock) => LoadBalancer): Promise<number[]> {
  const clock = new VirtualClock();
  const random = seededRandom(17);
  const balancer = create(seededRandom(18), clock);
  const members = membersOf(4);
  const picks = new Map(members.map(({ id }) => [id, 0]));
  let calls = 0;
  for (; calls < 2000; calls++) {
    await clock.advance(-Math.log(1 - random()) * (10 / 4 / 0.7));
    const free = members.filter(({ inFlight }) => inFlight === 0);
    const member = free.length === 0 ? undefined : free[balancer.pick(free, `key-${calls}`)];
    if (member === undefined) continue;
    picks.set(member.id, (picks.get(member.id) ?? 0) + 1);
    member.inFlight++;
    clock.setTimeout(() => {
      member.inFlight--;
      balancer.settled?.(member, 10, true);
    }, 10);
  }
  const total = [...picks.values()].reduce((sum, count) => sum + count, 0);
  return [...picks.values()].map((count) => count / total);
}

function testMember(id: string, weight: number): TestMember {
  return { id, weight, inFlight: 0 };
}

function membersOf(count: number): TestMember[] {
  return Array.from({ length: count }, (_, index) => testMember(`member-${index}`, 1));
}

/** Each pick stays in flight until 20 later ones have come, as calls of equal length do; none is at the end. */
function sharesOf(balancer: LoadBalancer, members: readonly TestMember[]): number[] {
  const picks = members.map(() => 0);
  const running: TestMember[] = [];
  const end = (member: TestMember | undefined) => {
    if (member === undefined) return;
    member.inFlight--;
    balancer.settled?.(member, 1, true);
  };
  for (let call = 0; call < PICKS; call++) {
    const index = balancer.pick(members, `key-${call}`);
    const member = members[index];
    if (member === undefined) throw new Error(`Index ${index} is out of range.`);
    picks[index] = (picks[index] ?? 0) + 1;
    member.inFlight++;
    running.push(member);
    if (running.length > 20) end(running.shift());
  }
  for (const member of running) end(member);
  return picks.map((count) => count / PICKS);
}
