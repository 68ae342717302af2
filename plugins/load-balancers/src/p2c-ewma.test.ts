import { seededRandom } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { describeLoadBalancer } from "@llmspell/testkit/conformance/load-balancer";
import { describe, expect, it } from "vitest";
import { P2cEwma } from "./p2c-ewma.ts";

describeLoadBalancer("p2c_ewma", (random, clock) => new P2cEwma({}, { random, clock }), { fair: true, weighted: true });

function twoMembers() {
  const fast = { id: "fast", inFlight: 0, weight: 1 };
  const slow = { id: "slow", inFlight: 0, weight: 1 };
  return { fast, slow, members: [slow, fast] };
}

function balancerOn(clock: VirtualClock) {
  return new P2cEwma({ halfLife: "1s", failurePenalty: "500ms" }, { clock, random: seededRandom(1) });
}

describe("P2cEwma", () => {
  it("prefers the member whose work took less lately, until it has so much more of it", () => {
    const { fast, slow, members } = twoMembers();
    const balancer = balancerOn(new VirtualClock());
    balancer.settled(fast, 10, true);
    balancer.settled(slow, 35, true);
    expect(balancer.pick(members)).toBe(1);
    fast.inFlight = 2;
    expect(balancer.pick(members)).toBe(1);
    fast.inFlight = 3;
    expect(balancer.pick(members)).toBe(0);
  });

  it("believes a slow answer at once, and forgets it by half with each half-life", async () => {
    const clock = new VirtualClock();
    const { fast, slow, members } = twoMembers();
    const balancer = balancerOn(clock);
    balancer.settled(slow, 1, true);
    balancer.settled(slow, 800, true);
    const picksFastAfter = async (wait: number) => {
      await clock.advance(wait);
      balancer.settled(fast, 90, true);
      return balancer.pick(members) === 1;
    };
    expect(await picksFastAfter(0)).toBe(true);
    expect(await picksFastAfter(3000)).toBe(true);
    expect(await picksFastAfter(1000)).toBe(false);
  });

  it("counts a failure as slow, however fast it came", () => {
    const { fast, slow, members } = twoMembers();
    const balancer = balancerOn(new VirtualClock());
    balancer.settled(fast, 1, false);
    balancer.settled(slow, 400, true);
    expect(balancer.pick(members)).toBe(0);
  });

  it("gives a member that nobody knows one piece of work first", () => {
    const { slow, members } = twoMembers();
    const balancer = balancerOn(new VirtualClock());
    balancer.settled(slow, 50, true);
    const picks: number[] = [];
    for (let call = 0; call < 3; call++) {
      const index = balancer.pick(members);
      picks.push(index);
      const member = members[index];
      if (member !== undefined) member.inFlight++;
    }
    expect(picks).toEqual([1, 0, 0]);
  });
});
