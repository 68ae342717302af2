import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfig } from "@llmspell/kernel";
import { createRuntime } from "llmspell";
import { describe, expect, it, onTestFinished } from "vitest";
import { EVERYTHING, FILESYSTEM, startEverythingOverHttp } from "../test/real-servers.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** The path of a configuration with these pools, in a directory of its own beside the packages of this repository. */
async function configOf(pools: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "llmspell-mcp-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
  const path = join(directory, "llmspell.config.yaml");
  const plugins = '["@llmspell/standard", "@llmspell/plugin-tools-mcp"]';
  await writeFile(path, `plugins: ${plugins}\ntools:\n  pools:\n${pools}`);
  return path;
}

describe("use: mcp", () => {
  it("makes pools of servers that are started and of servers that run", async () => {
    await using server = await startEverythingOverHttp();
    process.env["MCP_TEST_URL"] = server.url;
    onTestFinished(() => void delete process.env["MCP_TEST_URL"]);
    const path = await configOf(`
    sum:
      tool: { use: mcp, command: ${process.execPath}, args: [${EVERYTHING}], tool: get-sum, arguments: { a: 40 }, stopGrace: 1s }
      concurrency: 8
    files: { tool: { use: mcp, command: ${process.execPath}, args: [${FILESYSTEM}, .], cwd: . }, size: { min: 2, max: 2 } }
    far: { tool: { use: mcp, url: "\${MCP_TEST_URL}", headers: { authorization: Bearer x }, tool: echo } }
`);
    await using runtime = await createRuntime(path);
    await runtime.start();
    const call = (pool: string, input: unknown) => runtime.tools.execute({ pool, input });
    expect(await call("sum", { b: 2 })).toEqual([{ type: "text", text: "The sum of 40 and 2 is 42." }]);
    expect(await call("far", { message: "hello" })).toEqual([{ type: "text", text: "Echo: hello" }]);
    // `cwd` is relative to the configuration, and so is what the server may see.
    expect(await call("files", { tool: "list_directory", arguments: { path: "." } })).toMatchObject({
      content: expect.stringContaining("[FILE] llmspell.config.yaml"),
    });
  });

  it.each([
    ["neither a command nor an address", "{ use: mcp, tool: echo }", /needs one of the keys `command` or `url`/],
    ["both", '{ use: mcp, command: node, url: "http://127.0.0.1/" }', /only one of the keys `command` and `url`/],
    ["arguments of a program with an address", '{ use: mcp, url: "http://a/", args: [x] }', /args` has no place here/],
    ["headers for a program", "{ use: mcp, command: node, headers: { a: b } }", /headers` has no place here/],
    ["arguments for no tool", "{ use: mcp, command: node, arguments: { a: 1 } }", /arguments` has no place here/],
    ["another address", '{ use: mcp, url: "ftp://a/" }', /an address that begins with http:\/\/ or https:\/\//],
    ["a password in the address", '{ use: mcp, url: "http://me:you@a/" }', /without user and password/],
  ])("refuses %s, at its place and nothing else", async (_, tool, problem) => {
    const path = await configOf(`    a: { tool: ${tool} }\n`);
    const error = await checkConfig({ path }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ diagnostics: [{ message: expect.stringMatching(problem) }] });
  });
});
