/**
 * A pool at the moment of a scaling decision. The figures are means over the time since the last decision (a second),
 * so that a policy needs no memory of its own.
 */
export interface ScalingSnapshot {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** Instances that serve or will serve: ready, busy and warming. */
  readonly size: number;
  readonly min: number;
  readonly max: number;
  /** Instances that can take a call. */
  readonly ready: number;
  /** Instances with as many calls as they can serve at once. */
  readonly busy: number;
  /** Instances that are being created. */
  readonly warming: number;
  /** Calls that one instance serves at once. */
  readonly concurrency: number;
  /** Callers that wait for an instance now. */
  readonly waiting: number;
  /** Calls under way, mean. */
  readonly load: number;
  /** `load` over the calls that the live instances could serve at once: 0 to 1; 1 when there is no instance but a caller. */
  readonly utilization: number;
  /** Requests a second, mean. */
  readonly arrivalRate: number;
  /** How long a call runs, mean of late, in milliseconds; 0 before the first. */
  readonly serviceTime: number;
}

/** What a policy wants and why. */
export interface ScalingDecision {
  /** How many instances there should be; the pool keeps it within `min` and `max`. */
  readonly target: number;
  /** One short sentence for the scaling history: `utilization 0.93 is above 0.8`. */
  readonly reason: string;
}

/**
 * Decides how many instances a pool should have. Pure: the same snapshot gives the same decision. The pool asks once a
 * second, and not while it cools down.
 */
export interface ScalingPolicy {
  /** The size to go to, or `undefined` to stay. */
  decide(snapshot: ScalingSnapshot): ScalingDecision | undefined;
}

/** One change of a pool's size, as its history keeps it. */
export interface ScalingAction {
  readonly pool: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "scaling-policy": ScalingPolicy;
  }
}
