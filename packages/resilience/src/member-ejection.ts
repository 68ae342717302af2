import { type Clock, systemClock } from "@llmspell/base";
import { type BreakerPermit, CircuitBreaker } from "./circuit-breaker.ts";
import { type MemberEjectionOptions, memberEjectionOptionsDefaults } from "./generated/options.ts";

/** What it takes from outside; the system's when left out. */
export interface MemberEjectionDependencies {
  readonly clock?: Clock | undefined;
}

/**
 * Keeps work from the members of a group that fail while others do not: each has a circuit breaker, and one that opens
 * ejects it until its trial calls succeed.
 *
 * When all fail it is not the members' fault, and work has to go somewhere: no more than a share of them is ejected at a
 * time, and one always stays. The breaker of a member that would be one too many closes again, and counts anew. The idea is that of outlier
 * detection in the Envoy proxy.
 *
 * Who balances asks `allows` of each member while `isAnyEjected`, and leaves out those that are not allowed.
 *
 * @example
 * const free = ejection.isAnyEjected ? members.filter(({ id }) => ejection.allows(id)) : members;
 * const { id } = free[balancer.pick(free, key)];
 * const permit = ejection.acquire(id);
 * try { await call(id); ejection.record(id, permit, true); } catch { ejection.record(id, permit, false); }
 */
export class MemberEjection {
  readonly #options: MemberEjectionOptions;
  readonly #maxEjectedShare: number;
  readonly #clock: Clock;
  readonly #breakers = new Map<string, CircuitBreaker>();
  /** Those whose breaker is not closed, the first ejected first. */
  readonly #ejected = new Set<string>();
  #ejections = 0;
  #spared = 0;

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: MemberEjectionOptions = {}, dependencies: MemberEjectionDependencies = {}) {
    const { maxEjectedShare, ...breaker } = { ...memberEjectionOptionsDefaults, ...options };
    this.#options = breaker;
    this.#maxEjectedShare = maxEjectedShare;
    this.#clock = dependencies.clock ?? systemClock;
    // For its checks of the options, before the first member comes.
    this.#newBreaker();
  }

  /** Whether members are left out, or on trial, now. While it is false every member is allowed. */
  get isAnyEjected(): boolean {
    return this.#ejected.size > 0;
  }

  /** The ids of the members that are left out, or on trial, now. */
  get ejected(): readonly string[] {
    return [...this.#ejected];
  }

  /** How often a member was ejected. */
  get ejections(): number {
    return this.#ejections;
  }

  /** How often a member was not ejected because it would have been one too many. */
  get spared(): number {
    return this.#spared;
  }

  /** A member comes. */
  add(id: string): void {
    this.#breakers.set(id, this.#newBreaker());
  }

  /** A member goes; should too many of the rest be ejected now, the first ejected are allowed again. */
  remove(id: string): void {
    this.#breakers.delete(id);
    this.#ejected.delete(id);
    for (const ejected of this.#ejected) {
      if (this.#ejected.size <= this.#mostEjected) return;
      this.#readmit(ejected);
    }
  }

  /** Whether a member may get work now: it is not ejected, or is owed a trial. */
  allows(id: string): boolean {
    return this.#breakers.get(id)?.allowsCall ?? true;
  }

  /** The permit for work that a member is given; `undefined` when it is not allowed, or none of the members. */
  acquire(id: string): BreakerPermit | undefined {
    return this.#breakers.get(id)?.tryAcquire();
  }

  /**
   * Tells how a member's work ended.
   *
   * @param permit of `acquire`; work without one tells nothing
   * @param now the clock's time, where the caller has just read it
   * @param duration how long the work took, in milliseconds; needed with `slowCallDuration`
   */
  record(
    id: string,
    permit: BreakerPermit | undefined,
    succeeded: boolean,
    now: number = this.#clock.now(),
    duration = 0,
  ): void {
    const breaker = this.#breakers.get(id);
    if (breaker === undefined || permit === undefined) return;
    breaker.record(permit, succeeded, now, duration);
    const isClosed = breaker.state === "closed";
    if (isClosed === !this.#ejected.has(id)) return;
    if (isClosed) this.#ejected.delete(id);
    else this.#eject(id, breaker);
  }

  /** Gives back a permit whose work ended without telling anything: it was cut off, or never begun. */
  release(id: string, permit: BreakerPermit | undefined): void {
    if (permit !== undefined) this.#breakers.get(id)?.release(permit);
  }

  get #mostEjected(): number {
    const { size } = this.#breakers;
    return Math.min(Math.floor(this.#maxEjectedShare * size), size - 1);
  }

  #eject(id: string, breaker: CircuitBreaker): void {
    if (this.#ejected.size >= this.#mostEjected) {
      breaker.reset();
      this.#spared++;
      return;
    }
    this.#ejected.add(id);
    this.#ejections++;
  }

  #readmit(id: string): void {
    this.#breakers.get(id)?.reset();
    this.#ejected.delete(id);
  }

  #newBreaker(): CircuitBreaker {
    return new CircuitBreaker(this.#options, { clock: this.#clock });
  }
}
