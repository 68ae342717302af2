import { type BalancerMember, LeastConnections, type LoadBalancer, MemberStates } from "@llmspell/resilience";
import { type ConsistentHashOptions, consistentHashOptionsDefaults } from "./generated/options.ts";
import { hashOf, mix } from "./string-hash.ts";

/**
 * Work of one key goes to the same member. When a member comes or goes only the keys move that it gets or had, about one
 * in n. Work without a key goes to the member with the least of it.
 *
 * No member gets more than `loadFactor` times its due share of what is under way, rounded up; what is above goes to the
 * key's next member. So while only few calls are under way, two of one key at a time go to two members.
 *
 * Algorithm: bounded loads by V. Mirrokni, M. Thorup and M. Zadimoghaddam, "Consistent Hashing with Bounded Loads" (2016).
 * A key's order of members is that of rendezvous hashing (D. Thaler and C. Ravishankar, 1998), weighted with logarithms:
 * unlike a ring it keeps nothing that has to be rebuilt when the offered members change from call to call, and spreads an
 * overloaded member's work over all others.
 */
export class ConsistentHash implements LoadBalancer {
  readonly #loadFactor: number;
  readonly #hashes = new MemberStates<{ readonly hash: number }>((id) => ({ hash: hashOf(id) }));
  readonly #keyless = new LeastConnections();

  constructor(options: ConsistentHashOptions = {}) {
    this.#loadFactor = options.loadFactor ?? consistentHashOptionsDefaults.loadFactor;
  }

  pick(members: readonly BalancerMember[], key: string | undefined): number {
    if (key === undefined) return this.#keyless.pick(members);
    const keyHash = hashOf(key);
    const loadPerWeight = this.#loadPerWeight(members);
    let best = 0;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      if (member === undefined || member.inFlight >= Math.ceil(loadPerWeight * member.weight)) continue;
      const score = scoreOf(mix(keyHash ^ this.#hashes.of(member.id).hash), member.weight);
      if (score <= bestScore) continue;
      best = index;
      bestScore = score;
    }
    return best;
  }

  /** How many calls a member may have for each unit of its weight, with the one to come. */
  #loadPerWeight(members: readonly BalancerMember[]): number {
    let inFlight = 1;
    let weight = 0;
    for (let index = 0; index < members.length; index++) {
      inFlight += members[index]?.inFlight ?? 0;
      weight += members[index]?.weight ?? 0;
    }
    return (this.#loadFactor * inFlight) / weight;
  }
}

/** The member with the highest score has the key, with a chance in proportion to its weight. */
function scoreOf(hash: number, weight: number): number {
  return -weight / Math.log((hash + 0.5) / 2 ** 32);
}
