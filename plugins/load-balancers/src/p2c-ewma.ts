import { type Clock, parseDuration, type Random, systemClock, systemRandom } from "@llmspell/base";
import { type BalancerDependencies, type BalancerMember, type LoadBalancer, MemberStates } from "@llmspell/resilience";
import { type PeakEwmaOptions, peakEwmaOptionsDefaults } from "./generated/options.ts";

/** How long a member's work took lately. */
interface Latency {
  /** Milliseconds as of `updatedAt`; 0 before any work has ended. */
  value: number;
  updatedAt: number;
}

/** What is assumed of a member that has work and never ended any, so that it is not given more; milliseconds. */
const UNKNOWN = 1e6;

/**
 * Looks at two random members and takes the one that will likely be ready sooner: how long its work took lately, times
 * how much it has, over its weight. A slow or failing member gets less, and is tried again as time passes. Two choices are
 * nearly as good as all, and many emitters that choose at once do not all find the same member best.
 *
 * Algorithms: the power of two choices (M. Mitzenmacher, 2001); peak EWMA, as in Twitter's Finagle: a moving average that
 * follows a longer time at once and a shorter one slowly.
 */
export class P2cEwma implements LoadBalancer {
  readonly #halfLife: number;
  readonly #failurePenalty: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #latencies = new MemberStates<Latency>(() => ({ value: 0, updatedAt: 0 }));

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: PeakEwmaOptions = {}, dependencies: BalancerDependencies = {}) {
    const { halfLife, failurePenalty } = { ...peakEwmaOptionsDefaults, ...options };
    this.#halfLife = Math.max(Number.MIN_VALUE, parseDuration(halfLife));
    this.#failurePenalty = parseDuration(failurePenalty);
    this.#clock = dependencies.clock ?? systemClock;
    this.#random = dependencies.random ?? systemRandom;
  }

  pick(members: readonly BalancerMember[]): number {
    const count = members.length;
    if (count === 1) return 0;
    const one = Math.floor(this.#random() * count);
    const draw = Math.floor(this.#random() * (count - 1));
    const other = draw < one ? draw : draw + 1;
    const now = this.#clock.now();
    return this.#costOf(members[other], now) < this.#costOf(members[one], now) ? other : one;
  }

  settled(member: BalancerMember, duration: number, succeeded: boolean): void {
    const latency = this.#latencies.of(member.id);
    const now = this.#clock.now();
    const took = succeeded ? duration : Math.max(duration, this.#failurePenalty);
    const kept = this.#shareKept(latency, now);
    latency.value = took > latency.value * kept ? took : latency.value * kept + took * (1 - kept);
    latency.updatedAt = now;
  }

  #costOf(member: BalancerMember | undefined, now: number): number {
    if (member === undefined) return Number.POSITIVE_INFINITY;
    const latency = this.#latencies.of(member.id);
    const expected =
      latency.value === 0 && member.inFlight > 0 ? UNKNOWN : latency.value * this.#shareKept(latency, now);
    return (expected * (member.inFlight + 1)) / member.weight;
  }

  /** What is left of an average after the time that has passed. */
  #shareKept({ updatedAt }: Latency, now: number): number {
    return 2 ** ((updatedAt - now) / this.#halfLife);
  }
}
