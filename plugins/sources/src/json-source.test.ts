import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeSource } from "@llmspell/testkit/conformance/source";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonSourceOptions } from "./generated/options.ts";
import { JsonSource } from "./json-source.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-json-source-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const path = join(directory, "document.json");
  await writeFile(path, text);
  return path;
}

function read(options: JsonSourceOptions): Promise<unknown[]> {
  const skip = (error: Error) => {
    throw error;
  };
  return Array.fromAsync(new JsonSource(options).open({ signal: new AbortController().signal, skip }));
}

describeSource("json", async () => {
  const records = [{ id: 1 }, { id: 2 }, [3], null];
  return { source: new JsonSource({ path: await fileWith(JSON.stringify(records)) }), records };
});

describe("JsonSource", () => {
  it("flattens the lists that `records` yields", async () => {
    const path = await fileWith('{ "groups": [{ "items": [1, 2] }, { "items": [] }, { "items": [3] }] }');
    expect(await read({ path, records: "document.groups.map(group, group.items)" })).toEqual([1, 2, 3]);
  });

  it("reads a module by its URL, with a byte order mark", async () => {
    const path = await fileWith('\uFEFF["a"]');
    expect(await read({ module: pathToFileURL(path).href })).toEqual(["a"]);
  });

  it("says where a list is missing", async () => {
    const path = await fileWith('{ "items": {} }');
    await expect(read({ path })).rejects.toMatchObject({
      code: "LLMSPELL_E_SOURCE_RECORDS",
      message: `Expected a list of records in ${path}, found a value of type object.`,
    });
    await expect(read({ path, records: "document.items" })).rejects.toMatchObject({
      message: `Expected a list of records from \`document.items\` in ${path}, found a value of type object.`,
    });
  });

  it("names a file that is missing or broken", async () => {
    await expect(read({ path: join(directory, "none.json") })).rejects.toMatchObject({
      code: "LLMSPELL_E_SOURCE_FILE",
    });
    await expect(read({ path: await fileWith("[1,") })).rejects.toMatchObject({ code: "LLMSPELL_E_SOURCE_FILE" });
  });

  it("takes either a path or a module", () => {
    const refused = expect.objectContaining({ code: "LLMSPELL_E_SOURCE_OPTIONS" });
    expect(() => new JsonSource({})).toThrow(refused);
    expect(() => new JsonSource({ path: "a.json", module: "b" })).toThrow(refused);
  });
});
