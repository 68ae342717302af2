import { VirtualClock } from "@llmspell/testkit";
import { describeWarmUp } from "@llmspell/testkit/conformance/warm-up";
import type { ToolContext, ToolInstance } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { CacheCommonQueries } from "./cache-common-queries.ts";
import { InstanceTask } from "./instance-task.ts";

for (const task of ["establish_connections", "load_model", "initialize_tokenizer", "brew_coffee"]) {
  describeWarmUp(task, () => new InstanceTask({ task }), { asksFor: { task } });
}
describeWarmUp("cache_common_queries", () => new CacheCommonQueries({ queries: [1, 2, 3] }), { asksFor: "calls" });
describeWarmUp("cache_common_queries, by the tool's own queries", () => new CacheCommonQueries(), {
  asksFor: { task: "cache_common_queries" },
});

const context: ToolContext = { signal: new AbortController().signal };

function instanceOf(execute: ToolInstance["execute"], warmUps: ToolInstance["warmUps"] = {}): ToolInstance {
  return { execute, warmUps, [Symbol.asyncDispose]: async () => undefined };
}

const nothing = async () => undefined;

describe("InstanceTask", () => {
  it("hands on who listens to the progress", async () => {
    const seen: ToolContext[] = [];
    const instance = instanceOf(nothing, { load_model: async (given) => void seen.push(given) });
    const listened: ToolContext = { ...context, onProgress: () => undefined };
    await new InstanceTask({ task: "load_model" }).run(instance, listened);
    expect(seen).toEqual([listened]);
  });

  it.each([
    [{ load_model: nothing, prefetch: nothing }, "it offers load_model, prefetch."],
    [{}, "it offers none."],
    [undefined, "it offers none."],
  ])("says what an instance offers instead of what is asked for", async (warmUps, problem) => {
    // Not an own key of the instance's tasks, though every object has it.
    const warmUp = new InstanceTask({ task: "constructor" });
    await expect(warmUp.run(instanceOf(nothing, warmUps), context)).rejects.toMatchObject({
      code: "LLMSPELL_E_WARM_UP_TASK",
      isFinal: true,
      message: `The tool's instance has nothing to do for the warm-up constructor; ${problem}`,
    });
  });
});

describe("CacheCommonQueries", () => {
  /** An instance whose calls end when the test says so. */
  function heldInstance() {
    const calls: {
      readonly input: unknown;
      readonly settle: PromiseWithResolvers<void>;
      readonly signal: AbortSignal;
    }[] = [];
    const instance = instanceOf(async (input, { signal }) => {
      const settle = Promise.withResolvers<void>();
      calls.push({ input, settle, signal });
      await settle.promise;
    });
    const clock = new VirtualClock();
    const inputs = async () => {
      await clock.advance(0);
      return calls.map(({ input }) => input);
    };
    return { instance, calls, inputs };
  }

  it("asks in order, no more at once than it may", async () => {
    const { instance, calls, inputs } = heldInstance();
    const warmUp = new CacheCommonQueries({ queries: ["a", "b", "c", "d"], concurrency: 2 });
    const done = warmUp.run(instance, context);
    expect(await inputs()).toEqual(["a", "b"]);
    calls[1]?.settle.resolve();
    expect(await inputs()).toEqual(["a", "b", "c"]);
    calls[2]?.settle.resolve();
    expect(await inputs()).toEqual(["a", "b", "c", "d"]);
    for (const { settle } of calls) settle.resolve();
    await done;
  });

  it("asks for nothing more once a query has failed, and waits for those under way", async () => {
    const { instance, calls, inputs } = heldInstance();
    const running = new CacheCommonQueries({ queries: ["a", "b", "c"], concurrency: 2 }).run(instance, context);
    let isOver = false;
    const failure = running.catch((error: unknown) => {
      isOver = true;
      return error;
    });
    calls[0]?.settle.reject(new Error("no such index"));
    expect(await inputs()).toEqual(["a", "b"]);
    expect(calls[1]?.signal.aborted).toBe(true);
    expect(isOver).toBe(false);
    calls[1]?.settle.resolve();
    expect(await failure).toMatchObject({
      code: "LLMSPELL_E_WARM_UP_QUERY",
      message: "The query 1 of 3 of cache_common_queries failed: no such index",
      cause: expect.objectContaining({ message: "no such index" }),
    });
    expect(await inputs()).toEqual(["a", "b"]);
  });
});
