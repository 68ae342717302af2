import type { Priority } from "./priority.ts";

/** What a channel refuses for pressure: nothing, low events, or low and normal ones. */
export type PressureLevel = "open" | "sheds_low" | "sheds_normal";

/** From which pressure on a valve refuses what; each from 0 to 1. */
export interface PressureThresholds {
  readonly shedLow: number;
  readonly shedNormal: number;
  readonly hysteresis: number;
}

/** When the pressure has fallen to this share of a threshold, it is over, however large the hysteresis: there is always some. */
const LATEST_RELEASE = 0.5;

/**
 * Refuses the less urgent events of a channel while it is under pressure: low before normal, high and critical never. It
 * closes at a threshold, and opens again only when the pressure is clearly below it, so that it does not flutter.
 */
export class PressureValve {
  /** The last pressure, from 0 to 1. */
  pressure = 0;
  /** Events that it refused; they are among the channel's `rejected`. */
  refused = 0;
  #level: PressureLevel = "open";

  get level(): PressureLevel {
    return this.#level;
  }

  /** Whether the event may come in; counts one that may not. */
  admits(priority: Priority): boolean {
    if (this.#level === "open" || priority === "critical" || priority === "high") return true;
    if (priority === "normal" && this.#level === "sheds_low") return true;
    this.refused++;
    return false;
  }

  /** Takes a new reading; whether the level has changed. */
  update(pressure: number, { shedLow, shedNormal, hysteresis }: PressureThresholds): boolean {
    const before = this.#level;
    const release = (threshold: number) => Math.max(threshold - hysteresis, LATEST_RELEASE * threshold);
    const isOver = (threshold: number, isHeld: boolean) => pressure >= (isHeld ? release(threshold) : threshold);
    this.pressure = pressure;
    if (isOver(shedNormal, before === "sheds_normal")) this.#level = "sheds_normal";
    else if (isOver(shedLow, before !== "open")) this.#level = "sheds_low";
    else this.#level = "open";
    return this.#level !== before;
  }
}
