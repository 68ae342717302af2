// What it costs to have a task of no weight done in another thread, many at once.
import { WorkerTool } from "@llmspell/plugin-tools-node";
import { ToolExecutionPool } from "@llmspell/tools";
import { Piscina } from "piscina";
import type { Comparison } from "../comparison.ts";

const TASK = new URL("../tools/add.mjs", import.meta.url).href;
const THREADS = 2;
const IN_FLIGHT = 64;
const CALLS = 200_000;
const WARM_UP = 40_000;

type Add = (input: { readonly a: number; readonly b: number }) => Promise<unknown>;

/** Tasks a second: each of `IN_FLIGHT` callers asks again as soon as it has its answer. */
async function throughput(add: Add): Promise<number> {
  await callTogether(add, WARM_UP);
  const start = performance.now();
  await callTogether(add, CALLS);
  return CALLS / ((performance.now() - start) / 1000);
}

async function callTogether(add: Add, calls: number): Promise<void> {
  const callers = Array.from({ length: IN_FLIGHT }, async () => {
    for (let call = 0; call < calls / IN_FLIGHT; call++) {
      const sum = await add({ a: call, b: 1 });
      if (sum !== call + 1) throw new Error(`${call} + 1 gave ${sum}.`);
    }
  });
  await Promise.all(callers);
}

async function throughputOfPool(): Promise<number> {
  const tool = new WorkerTool({ module: TASK });
  const pool = { tool, size: { min: THREADS, max: THREADS }, concurrency: IN_FLIGHT / THREADS };
  await using tools = new ToolExecutionPool({ pools: { add: pool } });
  await tools.start();
  return await throughput((input) => tools.execute({ pool: "add", input }));
}

async function throughputOfPiscina(): Promise<number> {
  const piscina = new Piscina({ filename: TASK, minThreads: THREADS, maxThreads: THREADS });
  return await throughput((input) => piscina.run(input)).finally(() => piscina.destroy());
}

export const comparisons: readonly Comparison[] = [
  {
    name: `a trivial task in a worker, ${IN_FLIGHT} in flight, ${THREADS} threads`,
    unit: "per second",
    peerName: "piscina",
    ours: throughputOfPool,
    peer: throughputOfPiscina,
    goal: { text: ">= 2 x peer", isMet: (ours, peer) => ours >= 2 * peer },
  },
];
