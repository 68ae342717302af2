import { type Log, silentLog } from "@llmspell/base";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { expect } from "vitest";
import type { ExecuteOptions, ToolExecutionPoolOptions, ToolPoolOptions } from "../src/pool-options.ts";
import { ToolExecutionPool } from "../src/tool-execution-pool.ts";
import { FakeTool, type FakeToolBehaviour } from "./fake-tool.ts";

/** A pool `echo` of a fake tool, in virtual time, and what its log was told of warnings and errors. */
export function echoPool(
  pool: Omit<ToolPoolOptions, "tool"> = {},
  behaviour: FakeToolBehaviour = {},
  section: Omit<ToolExecutionPoolOptions, "pools"> = {},
) {
  const clock = new VirtualClock();
  const tool = new FakeTool(behaviour);
  const warnings: { readonly message: string; readonly fields: unknown }[] = [];
  const errors: { readonly message: string; readonly fields: unknown }[] = [];
  const log: Log = {
    ...silentLog,
    warn: (message, fields) => void warnings.push({ message, fields }),
    error: (message, fields) => void errors.push({ message, fields }),
  };
  const tools = new ToolExecutionPool(
    { ...section, pools: { echo: { tool, ...pool } } },
    { clock, random: seededRandom(1), log },
  );
  const stats = () => {
    const figures = tools.stats()["echo"];
    if (figures === undefined) throw new Error("There is no pool echo.");
    return figures;
  };
  const execute = (input: unknown = 1, options: ExecuteOptions = {}) => tools.execute({ pool: "echo", input }, options);
  return { clock, tool, tools, stats, execute, warnings, errors };
}

/** An error with this code. */
export function coded(code: string): unknown {
  return expect.objectContaining({ code });
}
