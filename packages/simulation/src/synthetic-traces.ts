import { type Random, seededRandom } from "@llmspell/base";
import { Trace, TraceColumns } from "./trace.ts";

/** How many calls come, in calls a second, at a time in seconds from the start. */
export type Rate = (seconds: number) => number;

/** A trace that was made, and the rate that it was made from. */
export interface SyntheticTrace {
  readonly trace: Trace;
  readonly rate: Rate;
}

/** How long calls run in synthetic traces: log-normal with this mean, in milliseconds, and this coefficient of variation. */
const MEAN_DURATION = 200;
const VARIATION = 1;
/** The rate is looked at this often to find its maximum, in seconds; what lies between is at most this much higher. */
const RATE_STEP = 0.25;
const RATE_MARGIN = 1.05;

interface Shape {
  /** Seconds. */
  readonly length: number;
  /** The rate, from a source of chance where chance decides the shape too. */
  readonly rate: (random: Random) => Rate;
}

const SHAPES = {
  steady: { length: 1800, rate: () => () => 20 },
  ramp: { length: 1800, rate: () => (time) => 2 + 58 * Math.min(1, time / 1500) },
  daily_wave: { length: 3600, rate: () => (time) => 20 + 18 * Math.sin((2 * Math.PI * time) / 600) },
  periodic_bursts: { length: 1800, rate: () => (time) => (time % 60 < 6 ? 60 : 2) },
  random_bursts: { length: 1800, rate: burstsByChance },
} as const satisfies Readonly<Record<string, Shape>>;

export type SyntheticTraceName = keyof typeof SHAPES;

/** The names of the synthetic traces. */
export const syntheticTraceNames = Object.keys(SHAPES).filter(isSyntheticTraceName);

export function isSyntheticTraceName(name: string): name is SyntheticTraceName {
  return Object.hasOwn(SHAPES, name);
}

/**
 * A trace whose calls come by chance (Poisson) at the rate that its name stands for:
 * `steady`, 20 a second for half an hour; `ramp`, from 2 to 60 a second in 25 minutes; `daily_wave`, 2 to 38 a second, up and
 * down in 10 minutes, for an hour; `periodic_bursts`, 2 a second, and 60 for six seconds of each minute; `random_bursts`, 2 a
 * second, and at any moment, once a minute in the mean, 30 to 90 more for 2 to 10 seconds.
 *
 * Calls run for 200 ms in the mean, log-normal with a coefficient of variation of 1. The same seed gives the same trace.
 *
 * @param length cut to so many seconds
 */
export function syntheticTrace(name: SyntheticTraceName, seed: number, length?: number): SyntheticTrace {
  const random = seededRandom(seed);
  const shape: Shape = SHAPES[name];
  const end = Math.min(length ?? shape.length, shape.length);
  const rate = shape.rate(random);
  const highest = highestRate(rate, shape.length);
  const calls = new TraceColumns();
  // Thinning: arrivals at the highest rate, each kept with the share that the rate at its time has of it.
  // Source: P. A. W. Lewis and G. S. Shedler, "Simulation of Nonhomogeneous Poisson Processes by Thinning" (1979).
  for (let time = gap(random, highest); time <= end; time += gap(random, highest)) {
    if (random() * highest < rate(time)) calls.add({ at: time * 1000, duration: logNormal(random) });
  }
  return { trace: new Trace(calls), rate };
}

function burstsByChance(random: Random): Rate {
  const bursts: { readonly start: number; readonly end: number; readonly rate: number }[] = [];
  for (let start = gap(random, 1 / 60); start < 1800; start += gap(random, 1 / 60)) {
    bursts.push({ start, end: start + 2 + random() * 8, rate: 30 + random() * 60 });
  }
  return (time) => bursts.reduce((sum, { start, end, rate }) => (time >= start && time < end ? sum + rate : sum), 2);
}

function highestRate(rate: Rate, end: number): number {
  let highest = 0;
  for (let time = 0; time < end; time += RATE_STEP) highest = Math.max(highest, rate(time));
  return highest * RATE_MARGIN;
}

/** The time between two arrivals, in seconds, where so many come in a second. */
function gap(random: Random, rate: number): number {
  return -Math.log(1 - random()) / rate;
}

function logNormal(random: Random): number {
  const variance = Math.log(1 + VARIATION ** 2);
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(Math.log(MEAN_DURATION) - variance / 2 + Math.sqrt(variance) * normal);
}
