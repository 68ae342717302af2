import { describeTool } from "@llmspell/testkit/conformance/tool";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { EVERYTHING, type HttpServer, startEverythingOverHttp, stdio } from "../test/real-servers.ts";
import { McpTool } from "./mcp-tool.ts";

const echo = {
  input: { message: "hello" },
  expectOutput: (output: unknown) => expect(output).toEqual([{ type: "text", text: "Echo: hello" }]),
};

describeTool("mcp, over stdio", () => new McpTool({ ...stdio(EVERYTHING), tool: "echo" }), echo);

describe("with a server that runs", () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startEverythingOverHttp();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  describeTool("mcp, over HTTP", () => new McpTool({ url: server.url, tool: "echo" }), echo);
});
