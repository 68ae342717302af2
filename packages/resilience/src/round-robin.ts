import type { BalancerMember, LoadBalancer } from "./load-balancer.ts";
import { Turns } from "./turns.ts";

/**
 * Each member in turn: the one whose last turn is the longest ago, also when some were left out in between. Weights do
 * not count. What events use when no other balancer is named.
 */
export class RoundRobin implements LoadBalancer {
  readonly #turns = new Turns();

  pick(members: readonly BalancerMember[]): number {
    let best = 0;
    let bestTurn = Number.POSITIVE_INFINITY;
    for (let index = 0; index < members.length; index++) {
      const turn = this.#turns.lastOf(members[index]?.id ?? "");
      if (turn >= bestTurn) continue;
      best = index;
      bestTurn = turn;
    }
    this.#turns.take(members[best]?.id ?? "");
    return best;
  }
}
