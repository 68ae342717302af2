import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ToolContext, ToolExecutionPool, type ToolPoolOptions, type ToolProgress } from "@llmspell/tools";
import { describe, expect, it, onTestFinished } from "vitest";
import { EVERYTHING, FILESYSTEM, scripted, stdio } from "../test/real-servers.ts";
import type { McpToolOptions } from "./generated/options.ts";
import { McpTool, type McpToolDependencies } from "./mcp-tool.ts";

const never = () => new AbortController().signal;
const coded = (code: string) => expect.objectContaining({ code });

/** A pool of one tool; stopped when the test is over. */
async function start(options: McpToolOptions, pool: Partial<ToolPoolOptions> = {}, dependencies?: McpToolDependencies) {
  const tool = new McpTool(options, dependencies);
  const tools = new ToolExecutionPool({ pools: { mcp: { tool, size: { min: 1, max: 1 }, concurrency: 64, ...pool } } });
  onTestFinished(() => tools.stop());
  await tools.start();
  return { tool, tools, call: (input: unknown, how = {}) => tools.execute({ pool: "mcp", input }, how) };
}

/** One instance without a pool; disposed when the test is over. */
async function connect(options: McpToolOptions, dependencies?: McpToolDependencies) {
  const tool = new McpTool(options, dependencies);
  onTestFinished(() => tool[Symbol.asyncDispose]());
  await tool.prepare({ signal: never() });
  const instance = await tool.createInstance({ signal: never() });
  onTestFinished(() => instance[Symbol.asyncDispose]());
  const call = (input: unknown, context: Partial<ToolContext> = {}) =>
    instance.execute(input, { signal: never(), ...context });
  return { tool, instance, call };
}

describe("a tool of server-everything", () => {
  it("is described as the server describes it, and called through the pool, many calls at once", async () => {
    const { tools, call } = await start({ ...stdio(EVERYTHING), tool: "echo" });
    expect(tools.describe("mcp")).toMatchObject({
      description: "Echoes back the input string",
      inputSchema: { type: "object", required: ["message"], properties: { message: { type: "string" } } },
    });
    const messages = Array.from({ length: 64 }, (_, index) => `message ${index}`);
    const outputs = await Promise.all(messages.map((message) => call({ message })));
    expect(outputs).toEqual(messages.map((message) => [{ type: "text", text: `Echo: ${message}` }]));
    await expect(call({ message: 1 })).rejects.toEqual(coded("LLMSPELL_E_TOOL_INPUT"));
    expect(tools.stats()["mcp"]).toMatchObject({ created: 1, out: 64, failed: 1 });
  });

  it("gives structured content, checked by the tool's output schema", async () => {
    const { tools, call } = await start({ ...stdio(EVERYTHING), tool: "get-structured-content" });
    expect(tools.describe("mcp").outputSchema).toMatchObject({ required: ["temperature", "conditions", "humidity"] });
    expect(await call({ location: "Chicago" })).toEqual({
      temperature: 36,
      conditions: "Light rain / drizzle",
      humidity: 82,
    });
  });

  it("gives the content blocks as they are where nothing is structured", async () => {
    const { call } = await start({ ...stdio(EVERYTHING), tool: "get-tiny-image" });
    expect(await call({})).toMatchObject([
      { type: "text" },
      { type: "image", mimeType: "image/png" },
      { type: "text" },
    ]);
  });

  it("has fixed arguments, which a call need not give but may", async () => {
    const { tools, call } = await start({ ...stdio(EVERYTHING), tool: "get-sum", arguments: { a: 40 } });
    expect(tools.describe("mcp").inputSchema["required"]).toEqual(["b"]);
    expect(await call({ b: 2 })).toEqual([{ type: "text", text: "The sum of 40 and 2 is 42." }]);
    expect(await call({ a: 1, b: 2 })).toEqual([{ type: "text", text: "The sum of 1 and 2 is 3." }]);
  });

  it("tells how far a call has come", async () => {
    const { call } = await connect({ ...stdio(EVERYTHING), tool: "trigger-long-running-operation" });
    const progress: ToolProgress[] = [];
    await call({ duration: 0.05, steps: 3 }, { onProgress: (each) => progress.push(each) });
    expect(progress).toEqual([1, 2, 3].map((step) => ({ progress: step, total: 3 })));
  });

  it("fails a call with what the tool says of its failure", async () => {
    const { call } = await connect({ ...stdio(EVERYTHING), tool: "echo" });
    await expect(call({})).rejects.toMatchObject({
      code: "LLMSPELL_E_MCP_TOOL_FAILED",
      message: expect.stringContaining("Invalid arguments for tool echo"),
    });
  });

  it("gets only the environment that it is given, beside the harmless", async () => {
    process.env["MCP_TEST_SECRET"] = "hidden";
    onTestFinished(() => void delete process.env["MCP_TEST_SECRET"]);
    const { call } = await connect({ ...stdio(EVERYTHING), env: { GREETING: "hello" }, tool: "get-env" });
    const [{ text }] = (await call({})) as [{ text: string }];
    const environment = JSON.parse(text);
    expect(environment).toMatchObject({ GREETING: "hello", PATH: process.env["PATH"] });
    expect(environment).not.toHaveProperty("MCP_TEST_SECRET");
  });

  it("is pinged as a check and as a warm-up, and its memory is measured", async () => {
    const { instance } = await connect({ ...stdio(EVERYTHING), tool: "echo" });
    await instance.check?.(never());
    await instance.warmUps?.["establish_connections"]?.({ signal: never() });
    const memory = await instance.memory?.(never());
    expect(memory).toBeGreaterThan(20 * 2 ** 20);
    expect(memory).toBeLessThan(2 ** 30);
  });

  it("that it does not have is an error that lists what it has", async () => {
    const tool = new McpTool({ ...stdio(EVERYTHING), tool: "ehco" });
    await using tools = new ToolExecutionPool({ pools: { mcp: { tool } } });
    await expect(tools.start()).rejects.toMatchObject({
      code: "LLMSPELL_E_POOL_CREATION",
      cause: {
        code: "LLMSPELL_E_MCP_TOOL_UNKNOWN",
        message: expect.stringMatching(/servers\/everything .* has no tool "ehco".*it has echo, get-annotated-message/),
      },
    });
  });

  it("that runs only as a task cannot be called", async () => {
    const tool = new McpTool({ ...stdio(EVERYTHING), tool: "simulate-research-query" });
    await expect(tool.prepare({ signal: never() })).rejects.toEqual(coded("LLMSPELL_E_MCP_TOOL_UNKNOWN"));
  });
});

describe("all tools of a server", () => {
  it("stand behind one pool, whose schema says what there is", async () => {
    const { tools, call } = await start(stdio(EVERYTHING));
    const { description, inputSchema } = tools.describe("mcp");
    expect(description).toContain("- echo: Echoes back the input string\n- get-annotated-message: ");
    expect(inputSchema).toMatchObject({
      type: "object",
      required: ["tool", "arguments"],
      properties: {
        tool: { enum: expect.arrayContaining(["echo", "get-sum"]) },
        arguments: {
          anyOf: expect.arrayContaining([expect.objectContaining({ title: "echo", required: ["message"] })]),
        },
      },
    });
    expect(JSON.stringify(inputSchema)).not.toContain("simulate-research-query");
    expect(await call({ tool: "echo", arguments: { message: "hello" } })).toEqual([
      { type: "text", text: "Echo: hello" },
    ]);
    expect(await call({ tool: "get-structured-content", arguments: { location: "New York" } })).toMatchObject({
      humidity: 82,
    });
    for (const input of [{ tool: "nope", arguments: {} }, { tool: "echo" }, { message: "hello" }]) {
      await expect(call(input)).rejects.toEqual(coded("LLMSPELL_E_TOOL_INPUT"));
    }
    await expect(call({ tool: "echo", arguments: { a: 1, b: 2 } })).rejects.toEqual(
      coded("LLMSPELL_E_MCP_TOOL_FAILED"),
    );
  });

  it("work on files through server-filesystem", async () => {
    const directory = await realpath(await mkdtemp(join(tmpdir(), "llmspell-mcp-")));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, "a.txt"), "from the disk");
    const { call } = await start(stdio(FILESYSTEM, directory));
    const read = await call({ tool: "read_text_file", arguments: { path: join(directory, "a.txt") } });
    expect(read).toEqual({ content: "from the disk" });
    await call({ tool: "write_file", arguments: { path: join(directory, "b.txt"), content: "written" } });
    const listed = await call({ tool: "list_directory", arguments: { path: directory } });
    expect(listed).toEqual({ content: "[FILE] a.txt\n[FILE] b.txt" });
    await expect(call({ tool: "read_text_file", arguments: { path: "/etc/hostname" } })).rejects.toMatchObject({
      code: "LLMSPELL_E_MCP_TOOL_FAILED",
      message: expect.stringContaining("Access denied"),
    });
  });

  it("are listed over all pages", async () => {
    const { tools } = await start(scripted("pages"));
    expect(tools.describe("mcp").description).toMatch(/tool_0: Number 0\.\n- tool_1: .*\n- tool_2: Number 2\.$/);
  });
});

describe("a connection over stdio", () => {
  it("tells the server that a call is given up, and serves on", async () => {
    const { call } = await connect({ ...scripted("obey"), tool: "obey" });
    const controller = new AbortController();
    const reason = new Error("never mind");
    const hanging = call({ do: "hang" }, { signal: controller.signal });
    controller.abort(reason);
    await expect(hanging).rejects.toBe(reason);
    expect(await call({ do: "cancelled" })).toEqual({ cancelled: [{ requestId: 2, reason: "Error: never mind" }] });
  });

  it("cancels nothing that has been answered, also when its signal outlives it", async () => {
    const { call } = await connect({ ...scripted("obey"), tool: "obey" });
    const controller = new AbortController();
    await call({ text: "hello" }, { signal: controller.signal });
    controller.abort();
    expect(await call({ do: "cancelled" })).toEqual({ cancelled: [] });
    await expect(call({}, { signal: controller.signal })).rejects.toBe(controller.signal.reason);
  });

  it("logs what is wrong beside the calls", async () => {
    const logged: unknown[] = [];
    const log = { info() {}, warn() {}, error() {}, debug: (...line: unknown[]) => void logged.push(line) };
    const { call } = await connect({ ...scripted("obey"), tool: "obey" }, { log });
    expect(await call({ do: "twice" })).toEqual([{ type: "text", text: "first" }]);
    await call({});
    const problem = expect.stringContaining("Received a response for an unknown message ID");
    expect(logged).toEqual([
      ["An MCP connection has met a problem.", { server: expect.stringMatching(/^scripted/), problem }],
    ]);
  });

  it("tells all progress of a call, also what comes in one piece with the answer", async () => {
    const { call } = await connect({ ...scripted("obey"), tool: "obey" });
    const progress: ToolProgress[] = [];
    const context = { onProgress: (each: ToolProgress) => void progress.push(each) };
    expect(await call({ do: "progress" }, context)).toEqual([{ type: "text", text: "done" }]);
    expect(progress).toEqual([{ progress: 1 }, { progress: 2 }, { progress: 3 }]);
  });

  it("says how a server refuses a call, and that an answer is none", async () => {
    const { call } = await connect({ ...scripted("obey"), tool: "obey" });
    await expect(call({ do: "refuse" })).rejects.toMatchObject({
      code: "LLMSPELL_E_MCP_PROTOCOL",
      message: expect.stringContaining("scripted"),
    });
    await expect(call({ do: "refuse" })).rejects.toThrow("I do not take that.");
    await expect(call({ do: "nonsense" })).rejects.toEqual(coded("LLMSPELL_E_MCP_PROTOCOL"));
  });

  it("skips what is no message, and warns of it once", async () => {
    const warnings: unknown[] = [];
    const log = { debug() {}, info() {}, error() {}, warn: (...warning: unknown[]) => void warnings.push(warning) };
    const { call } = await connect({ ...scripted("banner"), tool: "obey" }, { log });
    expect(await call({ do: "garbage" })).toEqual({ text: "garbage" });
    expect(warnings).toEqual([
      [
        "An MCP server writes to its standard output what is no message; such lines are skipped.",
        { server: process.execPath, line: "Welcome to the scripted server!" },
      ],
    ]);
  });

  it("warns once when the server changes the tool, and goes on with what it was told", async () => {
    const warned = Promise.withResolvers<unknown>();
    const warnings: unknown[] = [];
    const warn = (...warning: unknown[]) => {
      warnings.push(warning);
      warned.resolve(warning);
    };
    const log = { debug() {}, info() {}, error() {}, warn };
    const { tool, call } = await connect({ ...scripted("obey"), tool: "obey" }, { log });
    await call({ do: "change" });
    expect(await warned.promise).toEqual([
      "An MCP server has changed what its tools take or give; the pool goes on with what it was told first.",
      { server: expect.stringMatching(/^scripted \(/) },
    ]);
    expect(tool.inputSchema["properties"]).toEqual({ text: { type: "string" } });
    await call({ do: "change" });
    await call({});
    expect(warnings).toHaveLength(1);
  });

  it("measures the memory of the server and of what it has started", async () => {
    const alone = await connect({ ...scripted("obey"), tool: "obey" });
    const family = await connect({ ...scripted("family"), tool: "obey", stopGrace: "100ms" });
    const measure = async ({ instance }: typeof alone) => (await instance.memory?.(never())) ?? 0;
    // What it has started grows until it runs; the test's time limit bounds that.
    const least = (await measure(alone)) + 20 * 2 ** 20;
    let together = 0;
    while (together < least) together = await measure(family);
    const measuring = alone.instance.memory?.(AbortSignal.abort(new Error("never mind")));
    await expect(measuring).rejects.toThrow("never mind");
    await alone.instance[Symbol.asyncDispose]();
    expect(await alone.instance.memory?.(never())).toBe(0);
  });

  it("hands the connection that was made to learn of the tool to the first instance", async () => {
    const { tool, call } = await connect({ ...scripted("obey"), tool: "obey" });
    const other = await tool.createInstance({ signal: never() });
    onTestFinished(() => other[Symbol.asyncDispose]());
    const pids = [await call({ do: "pids" }), await other.execute({ do: "pids" }, { signal: never() })];
    expect(pids[0]).not.toEqual(pids[1]);
  });
});

describe("McpTool", () => {
  it("ends what it is being prepared with when it is disposed", async () => {
    const tool = new McpTool(scripted("hang"));
    const preparing = tool.prepare({ signal: never() }).catch((error: Error) => error);
    await tool[Symbol.asyncDispose]();
    expect(await preparing).toMatchObject({ message: "The tool is disposed." });
    await expect(tool.createInstance({ signal: never() })).rejects.toThrow("The tool is disposed.");
  });

  it("is made with either a command or an address", () => {
    for (const options of [{}, { command: "node", url: "http://127.0.0.1/" }]) {
      expect(() => new McpTool(options)).toThrow(coded("LLMSPELL_E_MCP_OPTIONS"));
    }
    expect(() => new McpTool({ url: "file:///etc/passwd" })).toThrow(coded("LLMSPELL_E_MCP_OPTIONS"));
  });
});
