// What it costs to lend an instance, to whoever finds one free and to whoever waits; and to make a call on one.
import { type Tool, ToolExecutionPool } from "@llmspell/tools";
import { createPool } from "generic-pool";
import { Pool as LightningPool } from "lightning-pool";
import { Pool as TarnPool } from "tarn";
import type { Comparison } from "../comparison.ts";
import { median } from "../timing.ts";

/** Instances of a pool; each does nothing. */
const SIZE = 4;
const ROUNDS = 9;
const LOANS_OF_A_ROUND = 200_000;
/** Longer than any round, so that every deadline is kept and none expires; milliseconds. */
const PATIENCE = 30_000;

/** How many loans a round still has to make. */
interface Round {
  left: number;
}

/** A caller that takes an instance and gives it back at once, until the round is over. */
type Caller = (round: Round) => Promise<void>;

const idleTool: Tool = {
  description: "Does nothing.",
  inputSchema: {},
  createInstance: async () => ({ execute: async (input) => input, [Symbol.asyncDispose]: async () => undefined }),
};

async function ourPool(maxQueue: number): Promise<ToolExecutionPool> {
  const size = { min: SIZE, max: SIZE };
  const idle = { tool: idleTool, size, acquireTimeout: PATIENCE, maxQueue };
  const tools = new ToolExecutionPool({ pools: { idle } });
  await tools.start();
  return tools;
}

async function ourCaller(maxQueue: number): Promise<Caller> {
  const tools = await ourPool(maxQueue);
  return async (round) => {
    while (round.left-- > 0) {
      const lease = await tools.acquire("idle");
      lease.release();
    }
  };
}

async function genericPoolCaller(): Promise<Caller> {
  const factory = { create: async () => ({}), destroy: async () => undefined };
  const pool = createPool(factory, { min: SIZE, max: SIZE, acquireTimeoutMillis: PATIENCE });
  await pool.ready();
  return async (round) => {
    while (round.left-- > 0) {
      const instance = await pool.acquire();
      void pool.release(instance);
    }
  };
}

async function lightningPoolCaller(maxQueue: number): Promise<Caller> {
  const factory = { create: async () => ({}), destroy: async () => undefined };
  const pool = new LightningPool(factory, { min: SIZE, max: SIZE, acquireTimeoutMillis: PATIENCE, maxQueue });
  pool.start();
  return async (round) => {
    while (round.left-- > 0) {
      const instance = await pool.acquire();
      pool.release(instance);
    }
  };
}

async function tarnCaller(): Promise<Caller> {
  const pool = new TarnPool({
    create: async () => ({}),
    destroy: () => undefined,
    min: SIZE,
    max: SIZE,
    acquireTimeoutMillis: PATIENCE,
  });
  return async (round) => {
    while (round.left-- > 0) {
      const instance = await pool.acquire().promise;
      pool.release(instance);
    }
  };
}

/** Nanoseconds a loan with that many callers at once; with more of them than instances, the others wait. */
async function timeLoans(caller: Caller, callers: number): Promise<number> {
  const rounds: number[] = [];
  for (let number = 0; number < ROUNDS; number++) {
    const loans = Math.max(LOANS_OF_A_ROUND, 40 * callers);
    const round = { left: loans };
    const start = performance.now();
    await Promise.all(Array.from({ length: callers }, () => caller(round)));
    rounds.push(((performance.now() - start) * 1e6) / loans);
  }
  // The first rounds warm up.
  return median(rounds.slice(2));
}

interface Case {
  readonly name: string;
  readonly callers: number;
  /** Nanoseconds. */
  readonly limit: number;
  readonly times?: number;
}

const CASES: readonly Case[] = [
  { name: "acquire and release, an instance is free", callers: 1, limit: 150, times: 5 },
  { name: "acquire and release, 100 callers wait", callers: 100 + SIZE, limit: 350, times: 3 },
  { name: "acquire and release, 10,000 callers wait", callers: 10_000 + SIZE, limit: 650 },
];

const PEERS: readonly { readonly name: string; caller(maxQueue: number): Promise<Caller> }[] = [
  { name: "generic-pool", caller: genericPoolCaller },
  { name: "lightning-pool", caller: lightningPoolCaller },
  { name: "tarn", caller: tarnCaller },
];

function lending({ name, callers, limit, times }: Case, peer: (typeof PEERS)[number]): Comparison {
  const ratio = times === undefined ? "" : `, ${times} times as fast as the peer`;
  return {
    name,
    unit: "ns",
    peerName: peer.name,
    ours: async () => timeLoans(await ourCaller(callers), callers),
    peer: async () => timeLoans(await peer.caller(callers), callers),
    goal: {
      text: `<= ${limit} ns${ratio}`,
      isMet: (ours, theirs) => ours <= limit && (times === undefined || ours * times <= theirs),
    },
  };
}

export const comparisons: readonly Comparison[] = [
  ...CASES.flatMap((lent) => PEERS.map((peer) => lending(lent, peer))),
  {
    name: "execute, an instance is free",
    unit: "ns",
    peerName: "the bare call under an abort signal",
    ours: async () => {
      const tools = await ourPool(0);
      const request = { pool: "idle", input: 1 };
      const caller = async (round: Round) => {
        while (round.left-- > 0) await tools.execute(request);
      };
      return timeLoans(caller, 1);
    },
    peer: async () => {
      const instance = await idleTool.createInstance({ signal: new AbortController().signal });
      const caller = async (round: Round) => {
        while (round.left-- > 0) await instance.execute(1, { signal: new AbortController().signal });
      };
      return timeLoans(caller, 1);
    },
    goal: { text: "<= peer + 1000 ns", isMet: (ours, peer) => ours <= peer + 1000 },
  },
];
