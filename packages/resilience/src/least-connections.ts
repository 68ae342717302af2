import type { BalancerMember, LoadBalancer } from "./load-balancer.ts";
import { Turns } from "./turns.ts";

/**
 * The member with the least work under way in proportion to its weight. Among equals each in turn, so that idle members
 * share what comes one at a time. What tool pools use when no other balancer is named.
 */
export class LeastConnections implements LoadBalancer {
  readonly #turns = new Turns();

  pick(members: readonly BalancerMember[]): number {
    let best = 0;
    let bestLoad = Number.POSITIVE_INFINITY;
    let bestTurn = Number.POSITIVE_INFINITY;
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      if (member === undefined) continue;
      const load = loadOf(member);
      const turn = this.#turns.lastOf(member.id);
      if (load > bestLoad || (load === bestLoad && turn >= bestTurn)) continue;
      best = index;
      bestLoad = load;
      bestTurn = turn;
    }
    this.#turns.take(members[best]?.id ?? "");
    return best;
  }
}

/** How busy a member would be with one call more: a heavier one is preferred also among idle ones. */
function loadOf(member: BalancerMember): number {
  return (member.inFlight + 1) / member.weight;
}
