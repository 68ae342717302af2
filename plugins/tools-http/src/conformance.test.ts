import { fileURLToPath } from "node:url";
import { describeTool } from "@llmspell/testkit/conformance/tool";
import { afterAll, expect } from "vitest";
import { echo, serve } from "../test/local-server.ts";
import { HttpTool } from "./http-tool.ts";
import { WebSearch } from "./web-search.ts";

const server = await serve(echo);
const searxng = await serve((_, response) => {
  const results = [{ title: "A", url: "https://a.example/", content: "a", engine: "mojeek" }];
  response.setHeader("content-type", "application/json").end(JSON.stringify({ results }));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await searxng[Symbol.asyncDispose]();
});

const inputSchema = { type: "object", required: ["id"], properties: { id: { type: "string" } } };
const request = { url: `${server.origin}/things/{{ input.id }}` };
const outputSchema = { type: "object", required: ["method", "url"] };

describeTool(
  "http, a template",
  () => new HttpTool({ description: "Gets a thing.", inputSchema, outputSchema, request }),
  {
    input: { id: "a b" },
    expectOutput: (output) => expect(output).toMatchObject({ method: "GET", url: "/things/a%20b" }),
  },
);

const openapi = fileURLToPath(new URL("../test/library-3.0.yaml", import.meta.url));
describeTool("http, an operation", () => new HttpTool({ openapi, operation: "addBook", server: server.origin }), {
  input: { body: { title: "Emma" } },
  expectOutput: (output) => expect(output).toMatchObject({ method: "POST", url: "/books", body: '{"title":"Emma"}' }),
});

describeTool("web_search", () => new WebSearch({ url: searxng.origin }), {
  input: { query: "a" },
  expectOutput: (output) => {
    expect(output).toEqual({ results: [{ title: "A", url: "https://a.example/", snippet: "a", engine: "mojeek" }] });
  },
});
