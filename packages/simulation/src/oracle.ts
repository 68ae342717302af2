import { type ScalingDecision, type ScalingPolicy, type ScalingSnapshot, serversFor } from "@llmspell/tools";
import type { Rate } from "./synthetic-traces.ts";
import type { Trace } from "./trace.ts";

/** How often it decides, and how far beyond a creation it looks for that, in milliseconds. */
const INTERVAL = 200;
const LOOK_AHEAD = 500;
/** What an instance too many may be idle before it goes, in milliseconds. */
const IDLE_TIMEOUT = 500;
/** For whom it staffs: all but one in a hundred wait no longer than this, in milliseconds. */
const MAX_WAIT = 50;
const LATE_SHARE = 0.01;
/** The rate of a recorded trace is counted over so many milliseconds. */
const RATE_WINDOW = 2000;

/** What an oracle knows. */
export interface Foreknowledge {
  readonly rate: Rate;
  /** How long a call runs, mean, in milliseconds. */
  readonly serviceTime: number;
  /** How long an instance takes until it is warm, in milliseconds. */
  readonly coldStart: number;
}

/**
 * The policy that no other can be better than by much: it knows the rate at which calls will come, and keeps as many instances as
 * Erlang's delay formula asks for, so that one call in a hundred waits longer than 50 ms. It does not know when each call comes.
 */
export class Oracle implements ScalingPolicy {
  readonly interval = INTERVAL;
  readonly cooldown = 0;
  readonly #known: Foreknowledge;
  #start: number | undefined;

  constructor(known: Foreknowledge) {
    this.#known = known;
  }

  /** From now on, in milliseconds, the rate holds that is known. */
  begin(now: number): void {
    this.#start = now;
  }

  decide({ now, size, max, concurrency, idleTimes }: ScalingSnapshot): ScalingDecision | undefined {
    if (this.#start === undefined) return undefined;
    const { serviceTime } = this.#known;
    const rate = this.#highestRate(now - this.#start);
    const load = (rate * serviceTime) / 1000;
    const limit = max * concurrency;
    const servers = serversFor({ load, serviceTime, maxWait: MAX_WAIT, lateShare: LATE_SHARE, limit });
    const needed = Math.ceil(servers / concurrency);
    const reason = `${rate.toFixed(1)}/s will come`;
    if (needed > size) return { target: needed, reason };
    const idle = idleTimes.filter((time) => time >= IDLE_TIMEOUT).length;
    const target = Math.max(needed, size - idle);
    return target < size ? { target, reason } : undefined;
  }

  #highestRate(elapsed: number): number {
    const { rate, coldStart } = this.#known;
    let highest = 0;
    for (let ahead = 0; ahead <= coldStart + LOOK_AHEAD; ahead += INTERVAL) {
      highest = Math.max(highest, rate((elapsed + ahead) / 1000));
    }
    return highest;
  }
}

/** The rate of a trace that was recorded: the calls of the two seconds around each moment. */
export function rateOf(trace: Trace): Rate {
  const counts = new Uint32Array(Math.ceil(trace.span / RATE_WINDOW) * 4 + 4);
  const step = RATE_WINDOW / 4;
  for (const at of trace.at) {
    const index = Math.floor(at / step);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return (seconds) => {
    const middle = Math.floor((seconds * 1000) / step);
    let calls = 0;
    for (let index = middle - 2; index < middle + 2; index++) calls += counts[index] ?? 0;
    return (calls * 1000) / RATE_WINDOW;
  };
}
