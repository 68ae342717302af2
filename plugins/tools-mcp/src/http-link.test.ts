import { ToolExecutionPool, type ToolProgress } from "@llmspell/tools";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { freePort, type HttpServer, startEverythingOverHttp } from "../test/real-servers.ts";
import { ScriptedHttpServer } from "../test/scripted-http-server.ts";
import { McpTool } from "./mcp-tool.ts";

const never = () => new AbortController().signal;
const coded = (code: string) => expect.objectContaining({ code });

async function connect(url: string, tool: string, headers: Readonly<Record<string, string>> = {}) {
  const mcp = new McpTool({ url, tool, headers: { ...headers } });
  onTestFinished(() => mcp[Symbol.asyncDispose]());
  await mcp.prepare({ signal: never() });
  const instance = await mcp.createInstance({ signal: never() });
  onTestFinished(() => instance[Symbol.asyncDispose]());
  return instance;
}

describe("server-everything over streamable HTTP", () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startEverythingOverHttp();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("serves many calls at once on one session, through a pool", async () => {
    const tool = new McpTool({ url: server.url });
    await using tools = new ToolExecutionPool({ pools: { mcp: { tool, size: { min: 1, max: 1 }, concurrency: 32 } } });
    await tools.start();
    const messages = Array.from({ length: 32 }, (_, index) => `message ${index}`);
    const call = (message: string) => tools.execute({ pool: "mcp", input: { tool: "echo", arguments: { message } } });
    const outputs = await Promise.all(messages.map(call));
    expect(outputs).toEqual(messages.map((message) => [{ type: "text", text: `Echo: ${message}` }]));
    expect(tools.stats()["mcp"]).toMatchObject({ created: 1, out: 32 });
  });

  it("gives structured content, and tells how far a call has come", async () => {
    const weather = await connect(server.url, "get-structured-content");
    expect(await weather.execute({ location: "Chicago" }, { signal: never() })).toMatchObject({ humidity: 82 });
    const slow = await connect(server.url, "trigger-long-running-operation");
    const progress: ToolProgress[] = [];
    const context = { signal: never(), onProgress: (each: ToolProgress) => void progress.push(each) };
    await slow.execute({ duration: 0.05, steps: 2 }, context);
    expect(progress).toEqual([1, 2].map((step) => ({ progress: step, total: 2 })));
  });

  it("lets a call be given up, and serves on", async () => {
    const instance = await connect(server.url, "trigger-long-running-operation");
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("far enough"));
    const call = instance.execute({ duration: 0.4, steps: 8 }, { signal: controller.signal, onProgress });
    await expect(call).rejects.toThrow("far enough");
    await instance.check?.(never());
    expect(instance.isBroken).toBe(false);
  });

  it("has no process whose memory could be measured", async () => {
    expect((await connect(server.url, "echo")).memory).toBeUndefined();
  });
});

describe("a server that is killed in a call", () => {
  it("fails the call once it cannot be asked for the rest, and breaks the connection", async () => {
    await using server = await startEverythingOverHttp();
    const instance = await connect(server.url, "trigger-long-running-operation");
    const onProgress = () => void server.child.kill("SIGKILL");
    const call = instance.execute({ duration: 60, steps: 600 }, { signal: never(), onProgress });
    await expect(call).rejects.toMatchObject({
      code: "LLMSPELL_E_MCP_CLOSED",
      message: expect.stringContaining("cannot be reached again"),
    });
    expect(instance.isBroken).toBe(true);
  });

  it("is connected again by the pool when it is back", async () => {
    const first = await startEverythingOverHttp();
    const tool = new McpTool({ url: first.url, tool: "echo" });
    await using tools = new ToolExecutionPool({ pools: { mcp: { tool, size: { min: 1, max: 1 } } } });
    await tools.start();
    const call = () => tools.execute({ pool: "mcp", input: { message: "hello" } });
    await call();
    await first[Symbol.asyncDispose]();
    await using _second = await startEverythingOverHttp(Number(new URL(first.url).port));
    // The new server does not know the session.
    await expect(call()).rejects.toEqual(coded("LLMSPELL_E_MCP_CLOSED"));
    expect(await call()).toEqual([{ type: "text", text: "Echo: hello" }]);
    expect(tools.stats()["mcp"]).toMatchObject({ created: 2, retired: 1, failed: 1 });
  });
});

describe("a session over HTTP", () => {
  async function scripted() {
    const server = new ScriptedHttpServer();
    onTestFinished(() => server[Symbol.asyncDispose]());
    return { server, url: await server.listen() };
  }

  it("sends its headers with every request, and ends with a DELETE", async () => {
    const { server, url } = await scripted();
    const instance = await connect(url, "obey", { authorization: "Bearer secret" });
    expect(await instance.execute({ do: "echo" }, { signal: never() })).toEqual({ done: true });
    await instance[Symbol.asyncDispose]();
    expect(new Set(server.seen.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer secret"]));
    expect(server.seen.at(-1)).toMatchObject({ httpMethod: "DELETE", headers: { "mcp-session-id": "session-1" } });
    expect(instance.isBroken).toBe(true);
  });

  it.each(["hang", "resumable"])("closes the response of a call that is given up: %s", async (order) => {
    const { server, url } = await scripted();
    const instance = await connect(url, "obey");
    // The transport asks for the rest of a stream after a second; nothing else here waits for a timer.
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("never mind"));
    const call = instance.execute({ do: order }, { signal: controller.signal, onProgress });
    await expect(call).rejects.toThrow("never mind");
    await server.hungUp.promise;
    await instance.check?.(never());
    await vi.advanceTimersByTimeAsync(5000);
    await instance.check?.(never());
    expect(server.seen.filter(({ httpMethod }) => httpMethod === "GET")).toHaveLength(1);
    expect(server.seen.map(({ method }) => method)).toContain("notifications/cancelled");
  });

  it("closes the response of a call that was given up before the response began", async () => {
    const { server, url } = await scripted();
    const instance = await connect(url, "obey");
    const controller = new AbortController();
    const call = instance.execute({ do: "late" }, { signal: controller.signal });
    await server.asked.promise;
    controller.abort(new Error("never mind"));
    await expect(call).rejects.toThrow("never mind");
    await server.hungUp.promise;
  });

  it("fails a call whose response ends without its answer", async () => {
    const { url } = await scripted();
    const instance = await connect(url, "obey");
    await expect(instance.execute({ do: "end" }, { signal: never() })).rejects.toMatchObject({
      code: "LLMSPELL_E_MCP_PROTOCOL",
      message: expect.stringContaining("The response ended before its answer."),
    });
    expect(instance.isBroken).toBe(false);
  });

  it.each([400, 401, 403, 404, 410])("is broken by the status %i", async (status) => {
    const { server, url } = await scripted();
    const instance = await connect(url, "obey");
    server.status = status;
    await expect(instance.execute({ do: "echo" }, { signal: never() })).rejects.toMatchObject({
      code: "LLMSPELL_E_MCP_CLOSED",
      message: expect.stringContaining(`HTTP status ${status}`),
    });
    expect(instance.isBroken).toBe(true);
  });

  it.each([429, 500, 503])("outlives the status %i", async (status) => {
    const { server, url } = await scripted();
    const instance = await connect(url, "obey");
    server.status = status;
    await expect(instance.check?.(never())).rejects.toEqual(coded("LLMSPELL_E_MCP_PROTOCOL"));
    server.status = undefined;
    expect(await instance.execute({ do: "echo" }, { signal: never() })).toEqual({ done: true });
  });

  it("that is not opened in time is given up, and its request is closed", async () => {
    const { server, url } = await scripted();
    server.status = "none";
    const controller = new AbortController();
    const preparing = new McpTool({ url }).prepare({ signal: controller.signal });
    await server.asked.promise;
    controller.abort(new Error("too late"));
    await expect(preparing).rejects.toThrow("too late");
    await server.hungUp.promise;
  });

  it("that cannot be opened says why, without what is secret in the address", async () => {
    const port = await freePort();
    const prepare = (url: string) => new McpTool({ url }).prepare({ signal: never() });
    const refused = await prepare(`http://127.0.0.1:${port}/mcp?key=hidden`).catch((error: Error) => error);
    expect(refused).toMatchObject({
      code: "LLMSPELL_E_MCP_CONNECT",
      message: expect.stringContaining(`http://127.0.0.1:${port}/mcp could not be connected`),
    });
    expect(String(refused)).not.toContain("hidden");
    expect(() => new McpTool({ url: "http://me:hidden@127.0.0.1/mcp" })).toThrow(/must not hold a user or password/);
    const { server, url } = await scripted();
    server.status = 401;
    await expect(prepare(url)).rejects.toThrow("HTTP status 401");
  });
});
