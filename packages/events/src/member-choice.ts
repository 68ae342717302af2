import { type Log, messageOf } from "@llmspell/base";
import type { LoadBalancer, MemberEjection } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
import type { Member } from "./subscriber-member.ts";

/** What choosing needs of the group. */
export interface MemberChoiceContext {
  readonly group: string;
  readonly log: Log;
  readonly ejection: MemberEjection | undefined;
  /** What the balancer takes for an event's key, where it is not the event's own. */
  readonly keyOf: ((event: BusEvent) => string | undefined) | undefined;
}

/** Asks a balancer which member of a group gets an event, and tells it how that ended; a balancer may be at fault. */
export class MemberChoice {
  readonly #balancer: LoadBalancer;
  readonly #context: MemberChoiceContext;
  /** Reused, so that a pick allocates nothing. */
  readonly #free: Member[] = [];
  #hasFailed = false;

  constructor(balancer: LoadBalancer, context: MemberChoiceContext) {
    this.#balancer = balancer;
    this.#context = context;
  }

  /** Whether the balancer wishes to know how long work took, and how it ended. */
  get isLearning(): boolean {
    return this.#balancer.settled !== undefined;
  }

  canTake(member: Member): boolean {
    const { ejection } = this.#context;
    return member.isFree && (ejection?.isAnyEjected !== true || ejection.allows(member.id));
  }

  /**
   * Of the members that are free, and not ejected, in the order in which they came, the one that the balancer chooses.
   *
   * @throws LLMSPELL_E_CHANNEL_BALANCER
   */
  pick(members: readonly Member[], event: BusEvent): Member {
    const [only] = members;
    if (only !== undefined && members.length === 1) return only;
    const free = this.#free;
    free.length = 0;
    for (const member of members) if (this.canTake(member)) free.push(member);
    const { keyOf } = this.#context;
    const index = this.#ask(free, keyOf === undefined ? event.key : keyOf(event));
    const member = free[index];
    if (member !== undefined) return member;
    throw this.#fault(`picked member ${String(index)} of ${free.length}`);
  }

  /** @param duration milliseconds */
  settled(member: Member, duration: number, succeeded: boolean): void {
    try {
      this.#balancer.settled?.(member, duration, succeeded);
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const { group, log } = this.#context;
      log.error(`The load balancer of group ${group} cannot be told how work ends: ${messageOf(error)}`);
    }
  }

  #ask(free: readonly Member[], key: string | undefined): number {
    try {
      return this.#balancer.pick(free, key);
    } catch (cause) {
      throw this.#fault(`failed: ${messageOf(cause)}`, { cause });
    }
  }

  #fault(problem: string, options?: { readonly cause: unknown }): Error {
    return eventErrors.LLMSPELL_E_CHANNEL_BALANCER({ group: this.#context.group, problem }, options);
  }
}
