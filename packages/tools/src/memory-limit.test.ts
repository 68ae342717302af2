import { type Log, silentLog } from "@llmspell/base";
import { expect, it } from "vitest";
import { MemoryLimit } from "./memory-limit.ts";

function holder(...idle: number[]) {
  return {
    get memory() {
      return idle.reduce((sum, each) => sum + each, 0);
    },
    evictIdle: () => idle.pop() ?? 0,
    hold: (bytes: number) => idle.push(bytes),
  };
}

function listening() {
  const messages: unknown[] = [];
  const note = (message: string, details: unknown) => void messages.push([message, details]);
  const log: Log = { ...silentLog, warn: note, info: note };
  return { log, messages };
}

it("lets idle instances go, those of the largest pool first, until what is left fits", () => {
  const { log, messages } = listening();
  const limit = new MemoryLimit(100, log);
  const small = holder(20);
  const large = holder(30, 40, 50);
  limit.enforce([small, large]);
  expect([small.memory, large.memory]).toEqual([20, 70]);
  expect(limit.isExceeded).toBe(true);
  expect(messages).toEqual([[expect.stringContaining("do not grow"), { held: 140, limit: 100, evicted: 1 }]]);
});

it("lets pools grow again when a tenth is free, not at the limit itself", () => {
  const { log } = listening();
  const limit = new MemoryLimit(100, log);
  const pool = holder(101);
  limit.enforce([pool]);
  expect(limit.isExceeded).toBe(true);
  pool.hold(95);
  limit.enforce([pool]);
  expect(limit.isExceeded).toBe(true);
  pool.evictIdle();
  pool.hold(90);
  limit.enforce([pool]);
  expect(limit.isExceeded).toBe(false);
});

it("says once that nothing is left to let go", () => {
  const { log, messages } = listening();
  const limit = new MemoryLimit(100, log);
  const busy = { memory: 120, evictIdle: () => 0 };
  limit.enforce([busy]);
  limit.enforce([busy]);
  expect(messages).toHaveLength(1);
  expect(limit.isExceeded).toBe(true);
});
