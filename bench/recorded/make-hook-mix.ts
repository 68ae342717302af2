// Makes hook-mix.ndjson: how long the hooks of a busy point took in 1,000 runs, and which calls failed. Made up, by a fixed seed,
// in the shape that such hooks have: durations are log-normal, and one call in fifty takes four times as long.
//
// node --conditions=@llmspell/source bench/recorded/make-hook-mix.ts > bench/recorded/hook-mix.ndjson
import { seededRandom } from "@llmspell/base";
import type { RecordedHook } from "../hooks/recorded-mix.ts";

const RUNS = 1000;
const STRAGGLERS = 1 / 50;
const SLOWNESS = 4;

/** `median` in milliseconds, `spread` the standard deviation of its logarithm, `failures` a share. */
interface Kind extends Omit<RecordedHook, "durations" | "failed"> {
  readonly median: number;
  readonly spread: number;
  readonly failures: number;
}

const kinds: readonly Kind[] = [
  { id: "redact", priority: 100, median: 3, spread: 0.3, failures: 0 },
  { id: "guard", priority: 90, median: 12, spread: 0.35, failures: 0, required: true },
  { id: "history_summary", priority: 80, median: 65, spread: 0.5, failures: 0.02 },
  { id: "retrieve", priority: 70, median: 25, spread: 0.4, failures: 0.05 },
  { id: "web_lookup", priority: 65, median: 40, spread: 0.8, failures: 0.4 },
  { id: "rerank", priority: 60, median: 15, spread: 0.3, failures: 0, dependsOn: ["retrieve"] },
  { id: "user_profile", priority: 55, median: 10, spread: 0.4, failures: 0.01 },
  { id: "feature_flags", priority: 40, median: 4, spread: 0.2, failures: 0 },
  { id: "translate", priority: 35, median: 22, spread: 0.5, failures: 0.15 },
  { id: "style", priority: 30, median: 5, spread: 0.3, failures: 0 },
  { id: "spelling", priority: 25, median: 6, spread: 0.3, failures: 0 },
  { id: "language", priority: 20, median: 2, spread: 0.2, failures: 0 },
  { id: "sentiment", priority: 15, median: 8, spread: 0.6, failures: 0.3 },
  { id: "audit", priority: 10, median: 30, spread: 0.5, failures: 0, mode: "background" },
];

const random = seededRandom(20);
const runs = Array.from({ length: RUNS });
const hooks = kinds.map(({ median, spread, failures, ...hook }): RecordedHook => {
  const durations = runs.map(() => median * Math.exp(spread * normal()) * (random() < STRAGGLERS ? SLOWNESS : 1));
  const failed = [...runs.keys()].filter(() => random() < failures);
  return {
    ...hook,
    expectedDuration: median,
    durations: durations.map((duration) => Number(duration.toPrecision(3))),
    failed,
  };
});
for (const hook of hooks) console.log(JSON.stringify(hook));

/** Normally distributed (Box and Muller, 1958). */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
