import { type Random, seededRandom } from "@llmspell/base";
import type { LoadBalancer } from "@llmspell/resilience";
import { describe, expect, it } from "vitest";

export interface LoadBalancerSuiteOptions {
  /** Whether members of equal weight get equal shares over many picks; so it is unless the balancer goes by the key. */
  readonly fair: boolean;
  /** Whether a member of weight 3 gets about three times the picks of a member of weight 1. */
  readonly weighted?: boolean;
  /** Whether idle members of equal weight are picked in turn, also when some are left out for a while. */
  readonly inTurn?: boolean;
}

interface TestMember {
  readonly id: string;
  readonly weight: number;
  inFlight: number;
}

/** How far from its due share a member may be, relative to it. */
const TOLERANCE = 0.1;
const PICKS = 6000;

/** The contract of kind `load-balancer`, as tests: every implementation passes it. */
export function describeLoadBalancer(
  name: string,
  create: (random: Random) => LoadBalancer,
  options: LoadBalancerSuiteOptions,
): void {
  describe(`load balancer ${name}`, () => {
    it("picks an index in range, however the members change between calls", () => {
      const random = seededRandom(1);
      const balancer = create(seededRandom(2));
      for (let call = 0; call < 500; call++) {
        const members = membersOf(1 + Math.floor(random() * 8));
        const index = balancer.pick(members, `key-${call % 7}`);
        expect(Number.isInteger(index) && index >= 0 && index < members.length).toBe(true);
      }
    });

    it("picks the only member", () => {
      expect(create(seededRandom(3)).pick(membersOf(1), undefined)).toBe(0);
    });

    it("does the same with the same random numbers and calls", () => {
      const picks = () => {
        const balancer = create(seededRandom(4));
        return Array.from({ length: 50 }, (_, call) => balancer.pick(membersOf(5), `key-${call}`));
      };
      expect(picks()).toEqual(picks());
    });

    it("takes being told how work ended", () => {
      const balancer = create(seededRandom(5));
      const [member] = membersOf(1);
      if (member === undefined) throw new Error("A list of one member has a first.");
      balancer.settled?.(member, 12.5, true);
      balancer.settled?.(member, 0, false);
      expect(balancer.pick([member], undefined)).toBe(0);
    });

    if (options.fair) {
      it("gives members of equal weight equal shares", () => {
        const shares = sharesOf(create(seededRandom(6)), membersOf(4));
        for (const share of shares) expect(Math.abs(share - 1 / 4)).toBeLessThan(TOLERANCE / 4);
      });
    }

    if (options.inTurn === true) {
      it("picks each idle member in turn, whoever is left out in between, and in whatever order they are offered", () => {
        const balancer = create(seededRandom(8));
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
        const [light = 0, heavy = 0] = sharesOf(create(seededRandom(7)), [
          testMember("light", 1),
          testMember("heavy", 3),
        ]);
        expect(Math.abs(light - 1 / 4)).toBeLessThan(TOLERANCE / 4);
        expect(Math.abs(heavy - 3 / 4)).toBeLessThan((TOLERANCE * 3) / 4);
      });
    }
  });
}

function testMember(id: string, weight: number): TestMember {
  return { id, weight, inFlight: 0 };
}

function membersOf(count: number): TestMember[] {
  return Array.from({ length: count }, (_, index) => testMember(`member-${index}`, 1));
}

/** Each pick stays in flight until 20 later ones have come, as calls of equal length do. */
function sharesOf(balancer: LoadBalancer, members: readonly TestMember[]): number[] {
  const picks = members.map(() => 0);
  const running: TestMember[] = [];
  for (let call = 0; call < PICKS; call++) {
    const index = balancer.pick(members, `key-${call}`);
    const member = members[index];
    if (member === undefined) throw new Error(`Index ${index} is out of range.`);
    picks[index] = (picks[index] ?? 0) + 1;
    member.inFlight++;
    running.push(member);
    const ended = running.length > 20 ? running.shift() : undefined;
    if (ended === undefined) continue;
    ended.inFlight--;
    balancer.settled?.(ended, 1, true);
  }
  return picks.map((count) => count / PICKS);
}
