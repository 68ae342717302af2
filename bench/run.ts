// npm run bench -- [suite …] [--json] [--passes N]
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { BenchResult, Comparison } from "./comparison.ts";

const SUITES = new URL("./suites/", import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, passes: { type: "string", default: "7" } },
});

const known = readdirSync(SUITES)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(".bench.ts", ""));
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(", ")}; there is ${known.join(", ")}.`);
  process.exit(2);
}

const passes = Number(values.passes);
if (!Number.isInteger(passes) || passes < 1) {
  console.error(`--passes takes a whole number of at least 1; found ${values.passes}.`);
  process.exit(2);
}

const results: BenchResult[] = [];
for (const suite of positionals.length > 0 ? positionals : known) {
  const { comparisons } = (await import(new URL(`${suite}.bench.ts`, SUITES).href)) as { comparisons: Comparison[] };
  for (const [index, comparison] of comparisons.entries()) {
    const result = compare(suite, index, comparison, passes);
    results.push(result);
    if (!values.json) console.log(describe(result));
  }
}
if (values.json) console.log(JSON.stringify(results, null, 2));
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

/** Passes alternate, and who goes first alternates too, so that a slow minute of the machine hits both. */
function compare(suite: string, index: number, comparison: Comparison, passes: number): BenchResult {
  const figures = { ours: [] as number[], peer: [] as number[] };
  for (let pass = 0; pass < passes; pass++) {
    const order = pass % 2 === 0 ? (["ours", "peer"] as const) : (["peer", "ours"] as const);
    for (const side of order) figures[side].push(measureInFreshProcess(suite, index, side));
  }
  const ours = median(figures.ours);
  const peer = median(figures.peer);
  const { name, peerName, unit, goal } = comparison;
  return { name, ours, peer, peerName, unit, ratio: ours / peer, goal: goal.text, ok: goal.isMet(ours, peer) };
}

function measureInFreshProcess(suite: string, index: number, side: "ours" | "peer"): number {
  const script = fileURLToPath(new URL("./measure-pass.ts", import.meta.url));
  const child = spawnSync(process.execPath, ["--expose-gc", script, suite, String(index), side], {
    encoding: "utf8",
    timeout: 120_000,
  });
  const figure = Number(child.stdout.trim().split("\n").at(-1));
  if (child.status === 0 && Number.isFinite(figure) && child.stdout.trim() !== "") return figure;
  throw new Error(`The pass ${suite} ${index} ${side} failed:\n${child.stdout}${child.stderr}`);
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function describe({ name, ours, peer, peerName, unit, ratio, goal, ok }: BenchResult): string {
  const figure = (value: number) => `${value.toPrecision(4)} ${unit}`;
  return `${ok ? "ok  " : "MISS"} ${name}: ${figure(ours)}; ${peerName}: ${figure(peer)}; ratio ${ratio.toFixed(2)}; goal ${goal}`;
}
