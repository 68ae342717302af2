import type { ScalingAction, ScalingPolicy, ScalingSnapshot } from "./scaling-policy.ts";

/** Changes of size that a pool remembers; older ones are forgotten. */
const HISTORY_LENGTH = 1000;
/** What a policy that says nothing gets, in milliseconds. */
const DEFAULT_INTERVAL = 1000;
/** However eager a policy is: it is not to take the time that calls need. */
const SHORTEST_INTERVAL = 100;
const DEFAULT_COOLDOWN = 30_000;

/** Applies a policy's decisions to the size a pool aims at: within bounds, not while it cools down, with a history. */
export class PoolScaler {
  /** How often the policy is asked, in milliseconds. */
  readonly interval: number;
  /** How far back it looks at arrivals, in milliseconds. */
  readonly arrivalHistory: number;
  readonly decidesOnDemand: boolean;
  readonly #pool: string;
  readonly #policy: ScalingPolicy;
  readonly #cooldown: number;
  readonly #history: ScalingAction[] = [];
  #coolsDownUntil = Number.NEGATIVE_INFINITY;

  /** @param cooldown milliseconds; the policy's own when absent */
  constructor(pool: string, policy: ScalingPolicy, cooldown?: number) {
    this.#pool = pool;
    this.#policy = policy;
    this.#cooldown = cooldown ?? policy.cooldown ?? DEFAULT_COOLDOWN;
    this.interval = Math.max(SHORTEST_INTERVAL, policy.interval ?? DEFAULT_INTERVAL);
    this.arrivalHistory = policy.arrivalHistory ?? 0;
    this.decidesOnDemand = policy.decidesOnDemand ?? false;
  }

  /** The size changes so far, oldest first. */
  get history(): readonly ScalingAction[] {
    return this.#history;
  }

  /** The size to aim at from now on; `undefined` to stay. */
  decide(snapshot: ScalingSnapshot): number | undefined {
    const { now, size, min, max } = snapshot;
    if (now < this.#coolsDownUntil) return undefined;
    const decision = this.#policy.decide(snapshot);
    if (decision === undefined || !Number.isFinite(decision.target)) return undefined;
    const target = Math.min(max, Math.max(min, Math.round(decision.target)));
    if (target === size) return undefined;
    this.#coolsDownUntil = now + this.#cooldown;
    this.#history.push({ pool: this.#pool, at: now, from: size, to: target, reason: decision.reason });
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    return target;
  }
}
