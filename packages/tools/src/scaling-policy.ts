/** The requests that came to a pool of late, counted over equal intervals. Valid while the policy decides. */
export interface ArrivalHistory {
  /** The length of an interval, in milliseconds. */
  readonly interval: number;
  /** How many intervals are known: from 0, when the pool is new, to what the policy asks for. */
  readonly length: number;
  /** Requests in one interval: 0 is the oldest, -1 the last that is over. 0 where there is none. */
  at(index: number): number;
}

/**
 * A pool at the moment of a scaling decision. Means are over the time since the pool was last asked at an interval's end, so
 * that a policy needs no memory of its own.
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
  /** How long a call runs, mean of late (half-life 10 s), in milliseconds; 0 before the first. */
  readonly serviceTime: number;
  /** How long a call runs, mean in the long run (half-life 10 min), in milliseconds; 0 before the first. */
  readonly longTermServiceTime: number;
  /** How long an instance takes from its creation until it is warm, mean of late, in milliseconds; 0 before the first. */
  readonly creationTime: number;
  /** For how long each instance that serves nobody has been idle, in milliseconds, longest first. */
  readonly idleTimes: readonly number[];
  /** As far back as the policy's `arrivalHistory` asks for. */
  readonly arrivals: ArrivalHistory;
}

/** What a policy wants and why. */
export interface ScalingDecision {
  /** How many instances there should be; the pool keeps it within `min` and `max`. */
  readonly target: number;
  /** One short sentence for the scaling history: `utilization 0.93 is above 0.8`. */
  readonly reason: string;
}

/**
 * Decides how many instances a pool should have. Pure: the same snapshot gives the same decision. The pool asks at the end of
 * each interval, keeps the answer within its bounds, and heeds the cooldown.
 */
export interface ScalingPolicy {
  /** How often the pool asks, in milliseconds: from 100; 1,000 when absent. */
  readonly interval?: number;
  /** How long the pool keeps its size after a change where YAML says nothing, in milliseconds; 30,000 when absent. */
  readonly cooldown?: number;
  /** Whether the pool also asks as soon as a caller finds no instance free. */
  readonly decidesOnDemand?: boolean;
  /** How far back it looks at arrivals, in milliseconds; 0 when absent. */
  readonly arrivalHistory?: number;
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
