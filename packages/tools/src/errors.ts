import { defineErrors } from "@llmspell/base";

/** Every error of pools and tools, by code. */
export const toolErrors = defineErrors({
  LLMSPELL_E_POOL_UNKNOWN: {
    message: ({ pool, pools }: { pool: string; pools: readonly string[] }) =>
      `There is no tool pool "${pool}"; there ${pools.length === 1 ? "is" : "are"} ${pools.join(", ") || "none"}.`,
    hint: "Declare it under `tools.pools`, or correct the name.",
    final: true,
  },
  LLMSPELL_E_POOL_OPTIONS: {
    message: ({ pool, problem }: { pool: string; problem: string }) => `Tool pool "${pool}": ${problem}`,
    hint: "Correct the pool's options.",
  },
  LLMSPELL_E_POOL_NOT_PREPARED: {
    message: ({ pool }: { pool: string }) => `Tool pool "${pool}" does not know its tool yet.`,
    hint: "Await `start()` before asking for its description.",
  },
  LLMSPELL_E_POOL_QUEUE_FULL: {
    message: ({ pool, maxQueue }: { pool: string; maxQueue: number }) =>
      `Tool pool "${pool}" has no free instance and ${maxQueue} callers wait already.`,
    hint: "Slow the callers down, or raise the pool's `size.max`, `concurrency` or `maxQueue`.",
  },
  LLMSPELL_E_POOL_ACQUIRE_TIMEOUT: {
    message: ({ pool, timeout, situation }: { pool: string; timeout: number; situation: string }) =>
      `Tool pool "${pool}" had no free instance for ${timeout} ms: ${situation}.`,
    hint: "Raise the pool's `size.max`, `concurrency` or `acquireTimeout`, or look why its calls take long.",
  },
  LLMSPELL_E_POOL_BREAKER_OPEN: {
    message: ({ pool, retryAfter }: { pool: string; retryAfter: number }) =>
      `Tool pool "${pool}" takes no calls: too many have failed. ${
        retryAfter > 0 ? `It makes trial calls in ${Math.ceil(retryAfter)} ms` : "Its trial calls are under way"
      }.`,
    hint: "Look why the tool's calls fail; try again later.",
  },
  LLMSPELL_E_POOL_CREATION: {
    message: ({ pool, problem }: { pool: string; problem: string }) =>
      `Tool pool "${pool}" could not create an instance: ${problem}`,
    hint: "The cause says what failed in the tool.",
  },
  LLMSPELL_E_POOL_WARM_UP: {
    message: ({ pool, warmUp, problem }: { pool: string; warmUp: string; problem: string }) =>
      `The warm-up ${warmUp} of an instance of tool pool "${pool}" failed: ${problem}`,
    hint: "Mend what failed, raise its `retries` or `timeout`, or let the pool go on without it: `onError: continue`.",
  },
  LLMSPELL_E_POOL_CLOSED: {
    message: ({ pool, state }: { pool: string; state: "draining" | "stopped" }) =>
      `Tool pool "${pool}" takes no calls: it is ${state}.`,
    hint: "Call it before `drain()` or `stop()`.",
    final: true,
  },
  LLMSPELL_E_POOL_LEASE_RELEASED: {
    message: ({ pool, instance }: { pool: string; instance: string }) =>
      `The lease on instance ${instance} of tool pool "${pool}" was released before.`,
    hint: "Release each lease once and do not use it afterwards; `await using` does both.",
  },
  LLMSPELL_E_POOL_BALANCER: {
    message: ({ pool, index, count }: { pool: string; index: number; count: number }) =>
      `The load balancer of tool pool "${pool}" picked instance ${String(index)} of ${count}.`,
    hint: "A balancer answers an index from 0 up to the number of members; its plugin has a fault.",
  },
  LLMSPELL_E_POOL_INSTANCE_STATE: {
    message: ({ instance, from, to }: { instance: string; from: string; to: string }) =>
      `Instance ${instance} cannot go from ${from} to ${to}.`,
    hint: "This is a fault of the pool; please report it.",
  },
  LLMSPELL_E_TOOL_SCHEMA: {
    message: ({ pool, side, problem }: { pool: string; side: "input" | "output"; problem: string }) =>
      `The ${side} schema of the tool of pool "${pool}" is not a valid JSON Schema: ${problem}`,
    hint: "Correct the schema that the tool declares.",
  },
  LLMSPELL_E_TOOL_INPUT: {
    message: ({ pool, problem }: { pool: string; problem: string }) =>
      `The input for tool pool "${pool}" does not fit its schema: ${problem}`,
    hint: "Compare the input with what `describe()` says the tool takes.",
    final: true,
  },
  LLMSPELL_E_TOOL_OUTPUT: {
    message: ({ pool, problem }: { pool: string; problem: string }) =>
      `The output of tool pool "${pool}" does not fit its schema: ${problem}`,
    hint: "Correct the tool, or the output schema that it declares.",
  },
  LLMSPELL_E_TOOL_TIMEOUT: {
    message: ({ pool, timeout }: { pool: string; timeout: number }) =>
      `The call to tool pool "${pool}" was not done within ${timeout} ms.`,
    hint: "Raise the pool's `executionTimeout` or the call's `timeout`, or look why the tool takes long.",
  },
});
