import { type BalancerMember, type LoadBalancer, MemberStates } from "@llmspell/resilience";

/** How far a member is behind its due share, in weights; below zero it is ahead. */
interface Credit {
  value: number;
}

/**
 * Each member as often as its weight says, spread evenly: with weights 5, 1, 1 it is a a b a c a a, never five times the
 * same and then the others.
 *
 * Algorithm: smooth weighted round-robin, as in nginx (I. Sysoev, 2012): each pick credits every member with its weight,
 * takes the one with most credit, and charges it with what all were credited.
 */
export class SmoothWeighted implements LoadBalancer {
  readonly #credits = new MemberStates<Credit>(() => ({ value: 0 }));

  pick(members: readonly BalancerMember[]): number {
    let best = 0;
    let bestCredit: Credit | undefined;
    let total = 0;
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      if (member === undefined) continue;
      const credit = this.#credits.of(member.id);
      credit.value += member.weight;
      total += member.weight;
      if (bestCredit !== undefined && credit.value <= bestCredit.value) continue;
      best = index;
      bestCredit = credit;
    }
    if (bestCredit !== undefined) bestCredit.value -= total;
    return best;
  }
}
