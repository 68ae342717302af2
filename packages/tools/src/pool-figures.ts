import type { DurationSummary } from "@llmspell/base";
import { type BreakerState, Ewma, LatencyHistogram } from "@llmspell/resilience";
import type { LeaseFigures } from "./lease-book.ts";
import type { InstanceState } from "./pooled-instance.ts";
import type { RetirementReason } from "./retirement.ts";

/** After this long, in milliseconds, a call counts half in the mean service time that scaling sees. */
const SERVICE_TIME_HALF_LIFE = 10_000;
/** The same for the mean in the long run. */
const LONG_TERM_HALF_LIFE = 600_000;

/**
 * What became of a pool's requests. Counters only grow; `in` = `out` + `shed` + `failed` + `pending`. Each is counted by
 * itself, none is what the others leave over.
 */
export interface RequestStats {
  /** Requests that came. */
  readonly in: number;
  /** Requests that were served. */
  readonly out: number;
  /** Requests that were refused, waited too long, were aborted, or were under way when the pool stopped. */
  readonly shed: number;
  /** Requests whose input, output or execution failed, or for which no instance could be created. */
  readonly failed: number;
  /** Requests whose tool is prepared, that wait, run, or hold a lease now. */
  readonly pending: number;
  readonly creationFailures: number;
  /**
   * Requests that were timed. All are while there are few; of the leases beyond the first 4,096 of a second, one in 16 by
   * chance, which then stands for 16 in the durations below.
   */
  readonly timed: number;
  /** From the request to its end. */
  readonly duration: DurationSummary;
  /** From the request to its instance; requests that got one at once count as 0. Always exact. */
  readonly wait: DurationSummary;
  /** The run itself, or how long a lease was kept. */
  readonly execution: DurationSummary;
  /** From the beginning of an instance's creation until it was there. */
  readonly creation: DurationSummary;
  /** From then until it was warm. */
  readonly warmUp: DurationSummary;
}

/** The figures of one pool. */
export interface PoolStats extends RequestStats {
  /** Callers that wait now. */
  readonly waiting: number;
  /** Calls that run now. */
  readonly inFlight: number;
  /** Instances that serve or will serve. */
  readonly instances: number;
  /** Of these: how many can take a call, */
  readonly ready: number;
  /** serve as many as they can, */
  readonly busy: number;
  /** and are being created. */
  readonly warming: number;
  /** Instances that finish their last calls. */
  readonly draining: number;
  readonly created: number;
  /** Warm-ups that failed for good, of instances that were lent all the same: `onError: continue`. */
  readonly skippedWarmUps: number;
  readonly retired: number;
  /** Instances that were retired, by reason. */
  readonly retiredBy: Readonly<Record<RetirementReason, number>>;
  /** Leases that are out now. */
  readonly leases: number;
  /** For how long the oldest of these has been kept, in milliseconds; 0 without one. */
  readonly oldestLease: number;
  /** Leases that were reported as kept for longer than `leaseWarning`. */
  readonly leaseWarnings: number;
  /** Where the pool's circuit breaker stands; absent without one. */
  readonly breaker: BreakerState | undefined;
  /** Calls under way over the calls that the live instances could serve at once, now; 0 to 1. */
  readonly utilization: number;
  /** Bytes that the live instances held when they were last measured; 0 where nobody can tell. */
  readonly memory: number;
}

/** The figures of one instance. */
export interface InstanceFigures {
  /** Its identity in messages: `web_search-3`. */
  readonly id: string;
  readonly state: InstanceState;
  /** Calls it serves now. */
  readonly inFlight: number;
  /** Calls it was ever given. */
  readonly uses: number;
  /** Since it was ready for the first time; milliseconds; 0 before. */
  readonly age: number;
  /** Since it served somebody; milliseconds; 0 while it serves somebody. */
  readonly idle: number;
  /** The leases on it that are out, the oldest first. */
  readonly leases: readonly LeaseFigures[];
  /** How much memory it holds, in bytes, as last measured; absent where that is not known. */
  readonly memory: number | undefined;
}

/** How a request ended. */
export type Outcome = "out" | "shed" | "failed";

/** Told of each call that has ended, for a trace of what a pool has to do. */
export interface CallObserver {
  /**
   * @param pool the pool's name
   * @param arrivedAt when the request came, in milliseconds since the Unix epoch
   * @param duration how long the call ran, in milliseconds, its wait not counted
   */
  called(pool: string, arrivedAt: number, duration: number): void;
}

/** The counters of one pool. */
export class PoolFigures {
  in = 0;
  out = 0;
  shed = 0;
  failed = 0;
  creationFailures = 0;
  timed = 0;
  readonly #serviceTime = new Ewma({ halfLife: SERVICE_TIME_HALF_LIFE });
  readonly #longTermServiceTime = new Ewma({ halfLife: LONG_TERM_HALF_LIFE });
  readonly duration = new LatencyHistogram();
  readonly wait = new LatencyHistogram();
  readonly execution = new LatencyHistogram();
  readonly creation = new LatencyHistogram();
  readonly warmUp = new LatencyHistogram();
  /** Requests that got an instance at once, and are not in `wait` yet. */
  #servedAtOnce = 0;

  /** Told when each call came and how long it ran. */
  onCalled: ((arrivedAt: number, duration: number) => void) | undefined;

  /** Mean run time of late, milliseconds; 0 before the first call. */
  get serviceTime(): number {
    return this.#serviceTime.value ?? 0;
  }

  /** Mean run time in the long run, milliseconds; 0 before the first call. */
  get longTermServiceTime(): number {
    return this.#longTermServiceTime.value ?? 0;
  }

  /** Counts a request that got an instance. */
  lent(wait: number): void {
    if (wait > 0) this.wait.record(wait);
    else this.#servedAtOnce++;
  }

  /**
   * Counts a request that got an instance and ran until `now`; milliseconds each.
   *
   * @param weight for how many requests it stands
   */
  executed(wait: number, execution: number, now: number, weight: number): void {
    this.timed++;
    this.execution.record(execution, weight);
    this.duration.record(wait + execution, weight);
    this.#serviceTime.add(execution, now);
    this.#longTermServiceTime.add(execution, now);
    this.onCalled?.(now - execution - wait, execution);
  }

  /** The figures that are counted here, and `pending`, which is where the requests are now. */
  counts(pending: number): RequestStats {
    if (this.#servedAtOnce > 0) this.wait.record(0, this.#servedAtOnce);
    this.#servedAtOnce = 0;
    return {
      in: this.in,
      out: this.out,
      shed: this.shed,
      failed: this.failed,
      pending,
      creationFailures: this.creationFailures,
      timed: this.timed,
      duration: this.duration.summary(),
      wait: this.wait.summary(),
      execution: this.execution.summary(),
      creation: this.creation.summary(),
      warmUp: this.warmUp.summary(),
    };
  }
}
