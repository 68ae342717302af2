import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "@llmspell/base";
import { type Candidate, Oracle, type ReplayResult, replay, type SimulatedPool } from "@llmspell/simulation";
import type { CommandContext } from "../command-context.ts";
import { commandErrors } from "../errors.ts";
import { EXIT } from "../exit-code.ts";
import { countOf, formatDuration } from "../figures.ts";
import { prepareTrial, type SimulatedPoolOptions } from "../simulation/simulated-pool.ts";
import { type RatedTrace, type TraceOptions, tracesOf } from "../simulation/simulated-traces.ts";
import { figuresAsText, figuresOf } from "../simulation/simulation-table.ts";

export interface SimulateToolsOptions extends SimulatedPoolOptions, TraceOptions {
  readonly svg?: string;
  readonly json?: boolean;
}

/** `llmspell simulate tools`: what waits and what instances a trace of calls would lead to, with several scaling policies. */
export async function simulateTools(context: CommandContext, options: SimulateToolsOptions): Promise<number> {
  const { terminal, directory } = context;
  const given = options.trace === undefined ? options : { ...options, trace: resolve(directory, options.trace) };
  const traces = await tracesOf(given);
  const { pool, candidates } = await prepareTrial(context, options);
  const results = await replayEach(context, traces, pool, candidates);
  const [oracle = [], ...tried] = results;
  const figures = figuresOf(oracle, tried);
  const title = titleOf(options, traces, pool);
  if (options.json === true) terminal.print(JSON.stringify({ trace: title, policies: figures }, null, 2));
  else {
    const [titles = "", ...lines] = figuresAsText(figures);
    terminal.print([title, "", terminal.stdout.paint("dim", titles), ...lines].join("\n"));
  }
  if (options.svg !== undefined) await draw(context, resolve(directory, options.svg), title, results);
  return EXIT.fine;
}

/** Each policy's results over all traces, the oracle's first. */
async function replayEach(
  { terminal }: CommandContext,
  traces: readonly RatedTrace[],
  pool: SimulatedPool,
  candidates: readonly Candidate[],
): Promise<ReplayResult[][]> {
  const results: ReplayResult[][] = [[], ...candidates.map(() => [])];
  for (const [number, { trace, rate }] of traces.entries()) {
    const oracle = new Oracle({ rate, serviceTime: trace.meanDuration, coldStart: Number(pool.coldStart) });
    const omniscient = { name: "oracle", policy: oracle, onBegin: (now: number) => oracle.begin(now) };
    for (const [index, candidate] of [omniscient, ...candidates].entries()) {
      terminal.showStatus(`simulating ${candidate.name}, trace ${number + 1} of ${traces.length}`);
      results[index]?.push(await replay(trace, pool, candidate));
    }
  }
  terminal.showStatus("");
  return results;
}

function titleOf(
  { trace, synthetic }: TraceOptions,
  traces: readonly RatedTrace[],
  { size, coldStart }: SimulatedPool,
) {
  const [first] = traces;
  const calls = countOf(first?.trace.length ?? 0, "call");
  const span = formatDuration(first?.trace.span ?? 0);
  const seeds = traces.length > 1 ? `, medians of ${traces.length} seeds` : "";
  const duration = formatDuration(first?.trace.meanDuration ?? 0);
  const start = formatDuration(Number(coldStart));
  const pool = `${size.min} to ${size.max} instances, ${start} until one is warm`;
  return `${synthetic ?? trace ?? ""}: ${calls} in ${span}${seeds}, ${duration} each; ${pool}`;
}

async function draw(
  { terminal, verbosity }: CommandContext,
  path: string,
  title: string,
  results: readonly (readonly ReplayResult[])[],
): Promise<void> {
  const { plotOf } = await import("../simulation/simulation-plot.ts");
  const svg = plotOf(
    title,
    results.flatMap(([first]) => (first === undefined ? [] : [first])),
  );
  try {
    await writeFile(path, svg);
  } catch (error) {
    throw commandErrors.LLMSPELL_E_SIMULATE_PLOT({ problem: messageOf(error) });
  }
  if (verbosity !== "quiet") terminal.say(`drawn to ${path}`);
}
