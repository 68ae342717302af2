import type { Clock } from "@llmspell/base";
import type { Trace } from "./trace.ts";

/** Points of the timeline. */
const TIMELINE_LENGTH = 300;

/** How the pool was over a part of the trace. */
export interface TimelinePoint {
  /** The part's middle, in milliseconds from the start. */
  readonly at: number;
  /** Calls that came, in calls a second. */
  readonly arrivalRate: number;
  /** Instances, mean. */
  readonly instances: number;
  /** The longest wait of the calls that came then and were served, in milliseconds. */
  readonly longestWait: number;
}

/** What came of a trace with one policy. Times in milliseconds. */
export interface ReplayResult {
  readonly name: string;
  readonly calls: number;
  /** How long callers who were served waited for an instance. */
  readonly wait: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Callers who waited longer than the pool lets them. */
  readonly timeOuts: number;
  /** Callers who were refused because too many waited. */
  readonly refused: number;
  /** How long instances lived, all together, in seconds, from the beginning of their creation. */
  readonly instanceSeconds: number;
  /** `instanceSeconds` over the seconds of calls that ran: 1 could be reached only by who knows each call beforehand. */
  readonly cost: number;
  /** Instances that were created while the trace ran. */
  readonly creations: number;
  readonly scaleActions: number;
  readonly timeline: readonly TimelinePoint[];
}

/** Counts while a trace is replayed. */
export class ReplayFigures {
  timeOuts = 0;
  refused = 0;
  scaleActions = 0;
  readonly #trace: Trace;
  readonly #clock: Clock;
  /** By the number of the call; NaN where it was not served. */
  readonly #waits: Float64Array;
  readonly #timeline: Timeline;
  #start = 0;
  #changedAt = 0;
  #instances = 0;
  #creations = 0;
  #instanceTime = 0;
  #busyTime = 0;

  constructor(trace: Trace, clock: Clock) {
    this.#trace = trace;
    this.#clock = clock;
    this.#waits = new Float64Array(trace.length).fill(Number.NaN);
    this.#timeline = new Timeline(trace);
  }

  /** The trace begins: what was before does not count. */
  begin(): void {
    this.#start = this.#clock.now();
    this.#changedAt = this.#start;
    this.#instanceTime = 0;
    this.#creations = 0;
    this.scaleActions = 0;
  }

  /** There is one instance more, or one less. */
  instances(by: 1 | -1): void {
    this.#account();
    this.#instances += by;
    if (by > 0) this.#creations++;
  }

  /** A call has got its instance. */
  served(index: number): void {
    this.#waits[index] = Math.max(0, this.#clock.now() - this.#start - (this.#trace.at[index] ?? 0));
    this.#busyTime += this.#trace.durations[index] ?? 0;
  }

  end(): void {
    this.#account();
  }

  result(name: string): ReplayResult {
    const waits = this.#waits.filter((wait) => !Number.isNaN(wait)).sort();
    return {
      name,
      calls: this.#trace.length,
      wait: {
        p50: quantile(waits, 0.5),
        p95: quantile(waits, 0.95),
        p99: quantile(waits, 0.99),
        max: waits.at(-1) ?? 0,
      },
      timeOuts: this.timeOuts,
      refused: this.refused,
      instanceSeconds: this.#instanceTime / 1000,
      cost: this.#busyTime > 0 ? this.#instanceTime / this.#busyTime : 0,
      creations: this.#creations,
      scaleActions: this.scaleActions,
      timeline: this.#timeline.points(this.#waits),
    };
  }

  #account(): void {
    const now = this.#clock.now();
    this.#instanceTime += this.#instances * (now - this.#changedAt);
    this.#timeline.add(this.#changedAt - this.#start, now - this.#start, this.#instances);
    this.#changedAt = now;
  }
}

/** Instances and waits over equal parts of a trace. */
class Timeline {
  readonly #trace: Trace;
  readonly #step: number;
  readonly #instanceTime = new Float64Array(TIMELINE_LENGTH);

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#step = Math.max(1, trace.span / TIMELINE_LENGTH);
  }

  /** So many instances were there from one time to another. */
  add(from: number, to: number, instances: number): void {
    let time = Math.max(0, from);
    for (let part = Math.floor(time / this.#step); part < TIMELINE_LENGTH && time < to; part++) {
      const end = Math.min(to, (part + 1) * this.#step);
      this.#instanceTime[part] = (this.#instanceTime[part] ?? 0) + instances * (end - time);
      time = end;
    }
  }

  points(waits: Float64Array): TimelinePoint[] {
    const calls = new Float64Array(TIMELINE_LENGTH);
    const longest = new Float64Array(TIMELINE_LENGTH);
    for (const [index, wait] of waits.entries()) {
      const part = Math.min(TIMELINE_LENGTH - 1, Math.floor((this.#trace.at[index] ?? 0) / this.#step));
      calls[part] = (calls[part] ?? 0) + 1;
      if (wait > (longest[part] ?? 0)) longest[part] = wait;
    }
    return Array.from({ length: TIMELINE_LENGTH }, (_, part) => ({
      at: (part + 0.5) * this.#step,
      arrivalRate: ((calls[part] ?? 0) * 1000) / this.#step,
      instances: (this.#instanceTime[part] ?? 0) / this.#step,
      longestWait: longest[part] ?? 0,
    }));
  }
}

/** The value that this share of the sorted values does not exceed; 0 when there is none. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
