import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kernel } from "@llmspell/kernel";
import type { ToolExecutionPool } from "@llmspell/tools";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo, type LocalServer, serve } from "../test/local-server.ts";

/** A local plugin that shows the test the pools. */
const WITNESS = `
export const manifest = { name: "witness", kernel: "*", sections: { witness: { schema: { type: "object" }, after: ["tools"] } } };
export default {
  name: "witness",
  apply(kernel) {
    kernel.hooks.ready.tap("witness", () => globalThis.testTools(kernel.service("tools")));
  },
};
`;

let directory = "";
let server: LocalServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-http-"));
  // Plugins are found from where the configuration is.
  await symlink(join(import.meta.dirname, "../../../node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "witness.ts"), WITNESS);
  await writeFile(
    join(directory, "api.json"),
    JSON.stringify({ openapi: "3.1.0", paths: { "/things": { get: { operationId: "list" } } } }),
  );
  server = await serve(echo);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const PLUGINS = [
  "@llmspell/resilience",
  "@llmspell/plugin-load-balancers",
  "@llmspell/tools",
  "@llmspell/plugin-tools-http",
];

async function load(kernel: Kernel, tool: Readonly<Record<string, unknown>>): Promise<void> {
  const plugins = [...PLUGINS, "./witness.ts"];
  await kernel.load({ config: { plugins, tools: { pools: { api: { tool } } }, witness: {} }, directory });
}

describe("from a configuration", () => {
  it.each([
    [
      "a template",
      { request: { url: "{origin}/{{ input.id }}" }, description: "Gets.", inputSchema: { type: "object" } },
      "/x",
    ],
    [
      "an operation, by a path beside the configuration",
      { openapi: "./api.json", operation: "list", server: "{origin}" },
      "/things",
    ],
  ])("calls %s", async (_, options, url) => {
    await using kernel = new Kernel();
    let tools: ToolExecutionPool | undefined;
    const testTools = (service: ToolExecutionPool) => {
      tools = service;
    };
    Object.assign(globalThis, { testTools });
    await load(kernel, JSON.parse(JSON.stringify({ use: "http", ...options }).replaceAll("{origin}", server.origin)));
    await kernel.start();
    expect(await tools?.execute({ pool: "api", input: url === "/x" ? { id: "x" } : {} })).toMatchObject({
      method: "GET",
      url,
    });
  });

  it.each([
    [
      "a template without description and input schema",
      { request: { url: "https://a.example" } },
      /needs the key `description`/,
    ],
    [
      "both ways at once",
      { openapi: "./api.json", operation: "list", request: { url: "https://a.example" } },
      /`tools\.pools\.api\.tool\.request` has no place here/,
    ],
    [
      "an unknown variable",
      { request: { url: "https://a.example/{{ id }}" }, description: "Gets.", inputSchema: {} },
      /Unknown variable: id/,
    ],
  ])("is told of %s before anything runs", async (_, options, message) => {
    await using kernel = new Kernel();
    await expect(load(kernel, { use: "http", ...options })).rejects.toThrow(message);
  });
});
