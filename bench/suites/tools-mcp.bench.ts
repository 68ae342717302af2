// What a pool adds to a call of an MCP server, and what it saves: against the SDK's own client, over stdio, with the reference server.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { McpTool } from "@llmspell/plugin-tools-mcp";
import { ToolExecutionPool } from "@llmspell/tools";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Comparison } from "../comparison.ts";
import { median, timeAwaitedCall } from "../timing.ts";

const require = createRequire(import.meta.url);
const EVERYTHING = join(
  dirname(require.resolve("@modelcontextprotocol/server-everything/package.json")),
  "dist/index.js",
);
const SERVER = { command: process.execPath, args: [EVERYTHING] };
const INPUT = { message: "hello" };
/** How many calls one connection serves at once where there is no waiting for each other. */
const AT_ONCE = 64;

function poolOf(count: number): ToolExecutionPool {
  const tool = new McpTool({ ...SERVER, tool: "echo" });
  return new ToolExecutionPool({
    pools: { echo: { tool, size: { min: count, max: count }, concurrency: AT_ONCE } },
  });
}

async function bareClient(): Promise<Client> {
  const client = new Client({ name: "bench", version: "1" }, { capabilities: {} });
  await client.connect(new StdioClientTransport({ ...SERVER, stderr: "ignore" }));
  return client;
}

const callBare = (client: Client) => client.callTool({ name: "echo", arguments: INPUT });
const callPooled = (tools: ToolExecutionPool) => tools.execute({ pool: "echo", input: INPUT });

/** Measures on a connection of the SDK's own client. */
async function withClient(measure: (call: () => Promise<unknown>) => Promise<number>): Promise<number> {
  const client = await bareClient();
  const figure = await measure(() => callBare(client));
  await client.close();
  return figure;
}

/** Measures on a pool of one connection. */
async function withPool(measure: (call: () => Promise<unknown>) => Promise<number>): Promise<number> {
  await using tools = poolOf(1);
  await tools.start();
  return await measure(() => callPooled(tools));
}

/** Nanoseconds a call, when many are under way. */
async function timeAtOnce(call: () => Promise<unknown>): Promise<number> {
  return (await timeAwaitedCall(() => Promise.all(Array.from({ length: AT_ONCE }, call)))) / AT_ONCE;
}

/**
 * Nanoseconds that this process computes for a call: without what the system takes to wake the server and to wait for it,
 * which depends on whoever else runs.
 */
async function timeInUserCode(call: () => Promise<unknown>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < 60; round++) {
    const start = process.cpuUsage();
    for (let made = 0; made < 1000; made++) await call();
    // A microsecond for 1,000 calls is a nanosecond for one.
    rounds.push(process.cpuUsage(start).user);
  }
  // By then V8 has optimised what is called often.
  return median(rounds.slice(30));
}

/** Milliseconds that a call takes for which the server is started. */
async function timeColdCall(): Promise<number> {
  const start = performance.now();
  const client = await bareClient();
  await callBare(client);
  const duration = performance.now() - start;
  await client.close();
  return duration;
}

/** Milliseconds from the start of a pool to the first answer. */
async function timeFirstCall(servers: number): Promise<number> {
  const tools = poolOf(servers);
  const start = performance.now();
  const starting = tools.start();
  await callPooled(tools);
  const duration = performance.now() - start;
  await starting;
  await tools.stop();
  return duration;
}

const overBare = {
  text: "<= bare client + 2,000 ns",
  isMet: (ours: number, peer: number) => ours - peer <= 2000,
};

export const comparisons: readonly Comparison[] = [
  {
    name: "warm MCP call through the pool, one after the other",
    unit: "ns",
    peerName: "the SDK's client",
    ours: () => withPool(timeAwaitedCall),
    peer: () => withClient(timeAwaitedCall),
    goal: overBare,
  },
  {
    name: "warm MCP call through the pool, processor time of the caller's own code",
    unit: "ns",
    peerName: "the SDK's client",
    ours: () => withPool(timeInUserCode),
    peer: () => withClient(timeInUserCode),
    goal: overBare,
  },
  {
    name: `warm MCP call through the pool, ${AT_ONCE} at once`,
    unit: "ns",
    peerName: "the SDK's client",
    ours: () => withPool(timeAtOnce),
    peer: () => withClient(timeAtOnce),
    goal: overBare,
  },
  {
    name: "warm MCP call through the pool",
    unit: "ms",
    peerName: "a server started for the call",
    ours: async () => (await withPool(timeAwaitedCall)) / 1e6,
    peer: timeColdCall,
    goal: { text: "peer >= 500 x ours", isMet: (ours, peer) => peer >= 500 * ours },
  },
  {
    name: "first call answered by a pool that starts 16 servers",
    unit: "ms",
    peerName: "by a pool that starts one",
    ours: () => timeFirstCall(16),
    peer: () => timeFirstCall(1),
    goal: { text: "<= 1.2 x peer", isMet: (ours, peer) => ours <= 1.2 * peer },
  },
];
