import type { BalancerMember, LoadBalancer } from "./load-balancer.ts";

/** Each member in turn. Weights do not count. What events and tools use when no other balancer is named. */
export class RoundRobin implements LoadBalancer {
  #next = 0;

  pick(members: readonly BalancerMember[]): number {
    const index = this.#next < members.length ? this.#next : 0;
    this.#next = index + 1;
    return index;
  }
}
