import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Log } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { describeTool } from "@llmspell/testkit/conformance/tool";
import type { SearchResults } from "@llmspell/tools/search";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { LocalSearchOptions } from "./generated/options.ts";
import { LocalSearch } from "./local-search.ts";

const signal = new AbortController().signal;
const root = await mkdtemp(join(tmpdir(), "llmspell-search-"));
afterAll(() => rm(root, { recursive: true, force: true }));

let folder = "";
let number = 0;
let clock = new VirtualClock();
let warnings: unknown[] = [];
beforeEach(async () => {
  folder = join(root, String(++number));
  await mkdir(folder);
  clock = new VirtualClock();
  warnings = [];
});

async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

function toolWith(options: Partial<LocalSearchOptions> = {}): LocalSearch {
  const quiet = () => undefined;
  const warn = (_: string, fields: unknown) => void warnings.push(fields);
  const log: Log = { debug: quiet, info: quiet, warn, error: quiet };
  return new LocalSearch({ folder, ...options }, { clock, log });
}

async function searchWith(tool: LocalSearch, query: string, maxResults?: number): Promise<SearchResults["results"]> {
  await using instance = await tool.createInstance({ signal });
  const input = maxResults === undefined ? { query } : { query, maxResults };
  return ((await instance.execute(input, { signal })) as SearchResults).results;
}

const urls = async (tool: LocalSearch, query: string) => (await searchWith(tool, query)).map(({ url }) => url);

describe("LocalSearch", () => {
  it("finds passages, with the line, the heading and the text around what was found", async () => {
    const filler = Array.from({ length: 60 }, (_, index) => `Sentence ${index} speaks of nothing in particular.`).join(
      "\n",
    );
    await write({
      "guide/start here.md": `# Start\n\nInstall it first.\n\n## Queues ##\n\n${filler}\nThe durable queue keeps events in SQLite.\n${filler}`,
      "other.txt": "Pools keep instances warm.",
    });
    const [best] = await searchWith(toolWith({ snippet: 80 }), "sqlite queue");
    expect(best).toEqual({
      title: "Queues",
      url: "file:guide/start%20here.md#L67",
      snippet: expect.stringMatching(/^… .*The durable queue keeps events in SQLite.* …$/),
    });
    expect(await searchWith(toolWith(), "warm instances")).toEqual([
      { title: "other.txt", url: "file:other.txt#L1", snippet: "Pools keep instances warm." },
    ]);
    expect(await searchWith(toolWith(), "zebra")).toEqual([]);
  });

  it("finds words with small faults and beginnings of words", async () => {
    await write({ "a.md": "A breaker opens after failures.", "b.md": "Nothing of that sort." });
    expect(await urls(toolWith(), "breaaker")).toEqual(["file:a.md#L1"]);
    expect(await urls(toolWith(), "fail")).toEqual(["file:a.md#L1"]);
  });

  it("reads the text of HTML, where a line is a line of the file", async () => {
    await write({
      "page.html":
        "<html>\n<script>const hidden = '<b>';\n</script>\n<!-- secretive\n -->\n<p>Caf&eacute; &amp; <b>Zebra</b>&#33;</p>\n<style>zebra{}</style>",
    });
    expect(await searchWith(toolWith(), "zebra")).toEqual([
      { title: "page.html", url: "file:page.html#L6", snippet: "Caf&eacute; & Zebra !" },
    ]);
    for (const word of ["hidden", "secretive"]) expect(await urls(toolWith(), word)).toEqual([]);
  });

  it("finds its way in JSON without line ends", async () => {
    const entries = Array.from({ length: 500 }, (_, index) => ({ id: index, name: `item ${index}` }));
    await write({ "data.json": JSON.stringify([...entries, { name: "zebra" }]) });
    const [found] = await searchWith(toolWith({ snippet: 60 }), "zebra");
    expect(found).toMatchObject({ url: "file:data.json#L1", snippet: expect.stringContaining('"zebra"') });
    expect(found?.snippet.length).toBeLessThanOrEqual(64);
  });

  it("gives as many results as are wanted and allowed", async () => {
    await write(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.md`, `zebra ${index}`])));
    expect(await searchWith(toolWith(), "zebra")).toHaveLength(10);
    expect(await searchWith(toolWith({ maxResults: 5 }), "zebra", 3)).toHaveLength(3);
    expect(await searchWith(toolWith({ maxResults: 5 }), "zebra", 50)).toHaveLength(5);
  });

  it("reads what include says, without what exclude says and without links", async () => {
    await write({
      "a.md": "zebra",
      "deep/er/b.txt": "zebra",
      "c.ts": "zebra",
      "node_modules/d.md": "zebra",
      "deep/node_modules/x/d.md": "zebra",
      ".git/e.md": "zebra",
      ".hidden.md": "zebra",
    });
    await symlink(join(folder, "c.ts"), join(folder, "link.md"));
    await symlink(root, join(folder, "up"));
    expect((await urls(toolWith(), "zebra")).sort()).toEqual(["file:a.md#L1", "file:deep/er/b.txt#L1"]);
    expect(await urls(toolWith({ include: ["*.ts"] }), "zebra")).toEqual(["file:c.ts#L1"]);
    expect(await urls(toolWith({ exclude: ["deep", "**/.*", "node_modules"] }), "zebra")).toEqual(["file:a.md#L1"]);
  });

  it("reads a bounded part, counts what it skips and says it once", async () => {
    await write({
      "1-large.md": "zebra ".repeat(200),
      "2-fits.md": `zebra ${"x".repeat(494)}`,
      "3-no-room.md": `zebra ${"x".repeat(594)}`,
      "4-binary.txt": Buffer.from("zebra\u0000"),
      "5-fits.md": "zebra",
      "6-too-many.md": "zebra",
    });
    const tool = toolWith({ maxFiles: 5, maxFileSize: 1000, maxTotalSize: 1000 });
    expect((await urls(tool, "zebra")).sort()).toEqual(["file:2-fits.md#L1", "file:5-fits.md#L1"]);
    expect(tool.figures()).toEqual({ files: 2, passages: 2, tooLarge: 1, noRoom: 1, notText: 1, tooMany: 1 });
    expect(warnings).toEqual([
      { folder, reason: "tooLarge", count: 1, files: ["1-large.md"] },
      { folder, reason: "noRoom", count: 1, files: ["3-no-room.md"] },
      { folder, reason: "notText", count: 1, files: ["4-binary.txt"] },
      { folder, reason: "tooMany", count: 1, files: ["6-too-many.md"] },
    ]);
    await clock.advance(5000);
    await urls(tool, "zebra");
    expect(warnings).toHaveLength(4);
    // With one file gone there is room for those that had none.
    await rm(join(folder, "2-fits.md"));
    await clock.advance(5000);
    expect((await urls(tool, "zebra")).sort()).toEqual([
      "file:3-no-room.md#L1",
      "file:5-fits.md#L1",
      "file:6-too-many.md#L1",
    ]);
    expect(tool.figures()).toMatchObject({ files: 3, passages: 3, tooLarge: 1, notText: 1 });
  });

  it("sees new, changed and removed files with the first call after refreshInterval, and with a check", async () => {
    await write({ "a.md": "zebra", "b.md": "zebra" });
    const tool = toolWith({ refreshInterval: "5s" });
    await using instance = await tool.createInstance({ signal });
    const found = async (query: string) =>
      ((await instance.execute({ query }, { signal })) as SearchResults).results.map(({ url }) => url).sort();
    expect(await found("zebra")).toEqual(["file:a.md#L1", "file:b.md#L1"]);
    await write({ "a.md": "giraffe", "c.md": "zebra" });
    await utimes(join(folder, "a.md"), 1, 1);
    await rm(join(folder, "b.md"));
    await clock.advance(4999);
    expect(await found("zebra")).toEqual(["file:a.md#L1", "file:b.md#L1"]);
    await clock.advance(1);
    expect(await found("zebra")).toEqual(["file:c.md#L1"]);
    expect(await found("giraffe")).toEqual(["file:a.md#L1"]);
    await write({ "d.md": "zebra" });
    await instance.check?.(signal);
    expect(await found("zebra")).toEqual(["file:c.md#L1", "file:d.md#L1"]);
    expect(tool.figures()).toEqual({ files: 3, passages: 3 });
  });

  it("has one index, and one look at a time, for all its instances", async () => {
    await write({ "a.md": "zebra" });
    const tool = toolWith({ refreshInterval: 0 });
    await tool.prepare({ signal });
    const instances = await Promise.all([1, 2, 3].map(() => tool.createInstance({ signal })));
    await write({ "b.md": "zebra" });
    const found = await Promise.all(instances.map((instance) => instance.execute({ query: "zebra" }, { signal })));
    for (const { results } of found as SearchResults[]) expect(results).toHaveLength(2);
    expect(tool.figures()).toEqual({ files: 2, passages: 2 });
  });

  it("says when the folder is not there, and finds it when it is again", async () => {
    const missing = toolWith({ folder: join(folder, "none") });
    const error = { code: "LLMSPELL_E_TOOL_SEARCH_FOLDER", isFinal: false };
    await expect(missing.prepare({ signal })).rejects.toMatchObject(error);
    await write({ "none/a.md": "zebra" });
    expect(await urls(missing, "zebra")).toEqual(["file:a.md#L1"]);
    await expect(toolWith({ folder: join(folder, "none/a.md") }).prepare({ signal })).rejects.toMatchObject({
      ...error,
      message: expect.stringContaining("ENOTDIR"),
    });
  });

  it("ends a wait with its caller, and the look with the tool", async () => {
    await write(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${index}.md`, "zebra"])));
    const tool = toolWith();
    const controller = new AbortController();
    const reason = new Error("given up");
    const abandoned = tool.prepare({ signal: controller.signal });
    const waiting = tool.prepare({ signal });
    controller.abort(reason);
    await expect(abandoned).rejects.toBe(reason);
    const stopped = expect(waiting).rejects.toMatchObject({ code: "LLMSPELL_E_TOOL_SEARCH_FOLDER" });
    await tool[Symbol.asyncDispose]();
    await stopped;
  });
});

const stable = join(root, "stable");
await mkdir(stable);
await writeFile(join(stable, "a.md"), "# Animals\n\nA zebra.");
describeTool("local_search", () => new LocalSearch({ folder: stable }), {
  input: { query: "zebra" },
  expectOutput: (output) =>
    expect(output).toEqual({ results: [{ title: "Animals", url: "file:a.md#L3", snippet: "# Animals A zebra." }] }),
});
