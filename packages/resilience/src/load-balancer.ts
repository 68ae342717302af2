import type { Clock, Random } from "@llmspell/base";
import type {} from "@llmspell/kernel";

/** What a load balancer may know of a member it can choose: a subscriber of a channel, an instance of a tool pool. */
export interface BalancerMember {
  readonly id: string;
  /** How many calls it is handling now. */
  readonly inFlight: number;
  /** Its share relative to the others; 1 unless configured. */
  readonly weight: number;
}

/** Chooses which of several equal members takes the next piece of work. */
export interface LoadBalancer {
  /**
   * The index of the member that takes the work.
   *
   * Runs once an event or call: it must not allocate. `members` is never empty and holds only members that may be
   * chosen (ejected and full ones are left out); it may differ from call to call, so a member is known by its id, not its
   * place.
   *
   * @param key the affinity key of the work, where it has one; `undefined` otherwise
   */
  pick(members: readonly BalancerMember[], key: string | undefined): number;
  /** Told when a piece of work ends; `duration` in milliseconds. Balancers that learn from latency use it. */
  settled?(member: BalancerMember, duration: number, succeeded: boolean): void;
}

/** What a load balancer takes from outside; the system's when left out. */
export interface BalancerDependencies {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "load-balancer": LoadBalancer;
  }
}
