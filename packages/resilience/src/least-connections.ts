import type { BalancerMember, LoadBalancer } from "./load-balancer.ts";

/**
 * The member with the least work under way in proportion to its weight. Among equals each in turn, so that idle members
 * share what comes one at a time.
 */
export class LeastConnections implements LoadBalancer {
  #start = 0;

  pick(members: readonly BalancerMember[]): number {
    const count = members.length;
    const start = this.#start < count ? this.#start : 0;
    let best = start;
    let bestLoad = Number.POSITIVE_INFINITY;
    for (let step = 0; step < count; step++) {
      const index = start + step < count ? start + step : start + step - count;
      const load = loadOf(members[index]);
      if (load >= bestLoad) continue;
      best = index;
      bestLoad = load;
    }
    this.#start = best + 1;
    return best;
  }
}

/** How busy a member would be with one call more: a heavier one is preferred also among idle ones. */
function loadOf(member: BalancerMember | undefined): number {
  return member === undefined ? Number.POSITIVE_INFINITY : (member.inFlight + 1) / member.weight;
}
