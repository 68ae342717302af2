import { type Random, systemRandom } from "@llmspell/base";
import type { BalancerDependencies, BalancerMember, LoadBalancer } from "@llmspell/resilience";

/** A random member, in proportion to the weights. Keeps no state, so many emitters do not fall into step. */
export class WeightedRandom implements LoadBalancer {
  readonly #random: Random;

  constructor(dependencies: BalancerDependencies = {}) {
    this.#random = dependencies.random ?? systemRandom;
  }

  pick(members: readonly BalancerMember[]): number {
    let total = 0;
    for (let index = 0; index < members.length; index++) total += members[index]?.weight ?? 0;
    let remaining = this.#random() * total;
    for (let index = 0; index < members.length; index++) {
      remaining -= members[index]?.weight ?? 0;
      if (remaining < 0) return index;
    }
    return members.length - 1;
  }
}
