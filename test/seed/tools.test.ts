import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "@llmspell/agents";
import { VirtualClock } from "@llmspell/testkit";
import { type Answer, ChatServer } from "@llmspell/testkit/chat-server";
import type { Tool } from "@llmspell/tools";
import { createRuntime, type Runtime } from "llmspell";
import * as pooling from "llmspell/tool-execution-pooling";
import { describe, expect, it } from "vitest";
import { calls, ScriptedProvider, says } from "../../packages/agents/test/scripted-provider.ts";
import { type AgentOptions, runExample } from "./tools/example.js";
import { SearchServer } from "./tools/search-server.ts";

/*
 * The example of "Tool Execution Pooling": a research agent on three pools. By the names that are printed there, and from
 * its twin in YAML, with tools that do the work.
 */

const ROOT = join(import.meta.dirname, "../..");
const QUESTION = "Research quantum computing applications";

describe("the seed's example of tool pools, under its own names", () => {
  /** Each pool's tool takes 20, 40 or 60 ms a call, and offers the warm-ups that the example asks for. */
  function setUp() {
    const clock = new VirtualClock();
    const warmed: string[] = [];
    const tasks = {
      web_search: ["cache_common_queries", "establish_connections"],
      llm_analysis: ["load_model", "initialize_tokenizer"],
      file_processor: [],
    };
    const names = Object.keys(tasks);
    const toolOf = (name: string, offered: readonly string[]): Tool => ({
      description: `Serves ${name}.`,
      inputSchema: { type: "object" },
      createInstance: async () => ({
        execute: async (_, { signal }) => {
          await clock.sleep((names.indexOf(name) + 1) * 20, signal);
          return { from: name };
        },
        warmUps: Object.fromEntries(offered.map((task) => [task, async () => void warmed.push(`${name}: ${task}`)])),
        [Symbol.asyncDispose]: async () => undefined,
      }),
    });
    const tools = new Map(Object.entries(tasks).map(([name, offered]) => [name, toolOf(name, offered)]));
    const createTool = (toolType: string): Tool => {
      const tool = tools.get(toolType);
      if (tool === undefined) throw new Error(`There is no tool ${toolType}.`);
      return tool;
    };
    return { clock, warmed, names, createTool };
  }

  it("warms its pools, serves its agent from them, and prints what they did", async () => {
    const { clock, warmed, names, createTool } = setUp();
    const provider = new ScriptedProvider(
      calls(names.map((name) => [name, { query: "qubits" }])),
      says("In chemistry."),
    );
    const printed: (readonly unknown[])[] = [];
    let pool: pooling.ToolExecutionPool | undefined;
    const chat = async ({ system_prompt, tool_pool, tools }: AgentOptions, message: string) => {
      pool = tool_pool;
      await tool_pool.start();
      await using agent = new Agent(
        { systemPrompt: system_prompt, tools: [...tools] },
        { provider, tools: tool_pool, clock },
      );
      return (await agent.chat(message)).text;
    };
    const result = await clock.runUntil(
      runExample({
        ...pooling,
        ToolExecutionPool: {
          new: (options) => pooling.ToolExecutionPool.new(options, { clock, createTool }),
        },
        Agent: { new: (options) => ({ chat: (message) => chat(options, message) }) },
        WebSearchTool: { new: () => "web_search" },
        DocumentAnalyzerTool: { new: () => "llm_analysis" },
        SummarizerTool: { new: () => "file_processor" },
        print: (...values) => void printed.push(values),
      }),
    );
    expect(result).toBe("In chemistry.");
    expect(provider.prompt(0)).toMatchObject([
      { role: "system", content: "You are a research assistant" },
      { role: "user", content: [{ type: "text", text: QUESTION }] },
    ]);
    expect(printed).toEqual([
      ["Pool statistics:"],
      ["Web search pool utilization:", 0],
      ["Average tool execution time:", 40],
      ["Pool scaling events:", []],
    ]);
    expect(warmed.toSorted()).toEqual([
      ...["llm_analysis: initialize_tokenizer", "llm_analysis: load_model"],
      ...["web_search: cache_common_queries", "web_search: cache_common_queries"],
      ...["web_search: establish_connections", "web_search: establish_connections"],
    ]);
    const sizes = Object.entries(pool?.stats() ?? {}).map(([name, { instances, out }]) => [name, instances, out]);
    expect(sizes).toEqual([
      ["web_search", 2, 1],
      ["llm_analysis", 1, 1],
      ["file_processor", 3, 1],
    ]);
    await pool?.stop();
  });

  it("scales as its policies say, up to its sizes, and tells the history", async () => {
    const { clock, createTool } = setUp();
    const { ToolExecutionPool, AdaptiveScalingPolicy, LoadBasedScalingPolicy } = pooling;
    const pools = {
      web_search: { min_size: 2, max_size: 10, scaling_policy: AdaptiveScalingPolicy.new({ target_utilization: 0.7 }) },
      file_processor: { max_size: 3, scaling_policy: LoadBasedScalingPolicy.new({ requests_per_instance: 10 }) },
    };
    await using tools = ToolExecutionPool.new({ pools }, { clock, createTool });
    await clock.runUntil(tools.start());
    const asked = [..."web_search ".repeat(300).trim().split(" "), ..."file_processor ".repeat(200).trim().split(" ")];
    const answers = Promise.all(asked.map((pool) => tools.execute({ pool, input: {} }, { timeout: "1h" })));
    await clock.advance(1500);
    expect(tools.get_utilization("web_search")).toBe(1);
    await clock.runUntil(answers);
    const [first] = tools.get_scaling_history("web_search");
    expect(first).toMatchObject({ pool: "web_search", from: 2, to: 3 });
    expect(tools.get_scaling_history("file_processor")).toMatchObject([{ pool: "file_processor", from: 1, to: 3 }]);
    expect(tools.get_scaling_history()).toHaveLength(
      tools.get_scaling_history("web_search").length + tools.get_scaling_history("file_processor").length,
    );
    expect(tools.get_avg_execution_time("web_search")).toBe(20);
    expect(tools.get_avg_execution_time("file_processor")).toBe(60);
  });
});

describe("its twin in YAML", () => {
  /** A reply that asks for tool calls. */
  function callsFor(...requests: readonly (readonly [pool: string, input: unknown])[]): Answer {
    const tool_calls = requests.map(([name, input], index) => {
      return { id: `call_${name}_${index}`, type: "function", function: { name, arguments: JSON.stringify(input) } };
    });
    return { message: { content: "", tool_calls }, finish: "tool_calls" };
  }

  const TEXT =
    "Hello! Quantum computers simulate molecules for chemistry. Chemistry needs quantum computers for large molecules.";

  async function withExample(answers: readonly Answer[], test: (example: Example) => Promise<void>): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "llmspell-tool-pools-"));
    try {
      await cp(join(ROOT, "examples/tool-pools"), directory, { recursive: true });
      await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
      await using search = await SearchServer.start();
      await using llm = await ChatServer.start(...answers);
      const environment = { SEARXNG_URL: search.url, LLM_BASE_URL: llm.baseUrl, LLM_MODEL: "tiny" };
      await using runtime = await createRuntime(join(directory, "llmspell.config.yaml"), { environment });
      await test({ runtime, search, llm, directory });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  interface Example {
    readonly runtime: Runtime;
    readonly search: SearchServer;
    readonly llm: ChatServer;
    readonly directory: string;
  }

  it("says what the seed's says", async () => {
    await withExample([], async ({ runtime }) => {
      expect(runtime.config.value["tools"]).toMatchObject({
        pools: {
          web_search: {
            tool: { use: "web_search" },
            size: { min: 2, max: 10 },
            warmUp: ["cache_common_queries", "establish_connections"],
            scaling: { use: "adaptive", targetUtilization: 0.7, scaleUpThreshold: 0.8, scaleDownThreshold: 0.3 },
          },
          llm_analysis: {
            tool: "document_analyzer",
            size: { min: 1, max: 5 },
            warmUp: ["load_model", "initialize_tokenizer"],
            scaling: { use: "predictive", predictionWindow: "300s", confidenceThreshold: 0.8 },
          },
          file_processor: {
            tool: "summarizer",
            size: { min: 3, max: 15 },
            warmUp: [],
            scaling: { use: "load_based", requestsPerInstance: 10 },
          },
        },
        healthCheckInterval: "30s",
        idleTimeout: "300s",
        maxPoolMemory: "1GiB",
      });
    });
  });

  it("researches with a language model that calls all three tools", { timeout: 60_000 }, async () => {
    const answers = [
      callsFor(["web_search", { query: "quantum computing" }]),
      callsFor(["llm_analysis", { text: TEXT }], ["file_processor", { text: TEXT, maxSentences: 1 }]),
      { message: { content: "Chemistry is one." } },
    ];
    await withExample(answers, async ({ runtime, search, llm, directory }) => {
      await runtime.start();
      expect(new Set(search.asked)).toEqual(new Set(["quantum computing", "machine learning"]));
      const askedAhead = search.asked.length;
      expect(search.connections).toBeGreaterThanOrEqual(2);
      await runtime.completed;

      expect(search.asked).toHaveLength(askedAhead);
      expect(llm.requests[0]?.body).toMatchObject({
        messages: [
          { role: "system", content: "You are a research assistant" },
          { role: "user", content: QUESTION },
        ],
        tools: ["web_search", "llm_analysis", "file_processor"].map((name) => ({ function: { name } })),
      });
      const told = JSON.stringify(llm.requests[2]?.body);
      for (const found of [
        "All about quantum computing.",
        "keywords",
        "Quantum computers simulate molecules for chemistry.",
      ]) {
        expect(told).toContain(found);
      }
      const stats = runtime.tools.stats();
      for (const [pool, instances] of Object.entries({ web_search: 2, llm_analysis: 1, file_processor: 3 })) {
        expect(stats[pool], pool).toMatchObject({ instances, out: 1, failed: 0, shed: 0, pending: 0 });
        expect(runtime.tools.getUtilization(pool)).toBe(0);
      }
      expect(runtime.tools.getAvgExecutionTime()).toBeGreaterThan(0);
      expect(runtime.tools.getScalingHistory()).toEqual([]);
      await runtime.stop();
      const answer = JSON.parse(await readFile(join(directory, ".llmspell/answers.ndjson"), "utf8"));
      expect(answer).toEqual({ topic: "quantum computing applications", answer: "Chemistry is one." });
    });
  });
});
