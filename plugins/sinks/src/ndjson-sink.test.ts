import { mkdir, mkdtemp, readFile, rm, rmdir, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describeSink } from "@llmspell/testkit/conformance/sink";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NdjsonSink } from "./ndjson-sink.ts";

const { signal } = new AbortController();
let directory: string;
let files = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-ndjson-sink-"));
});
afterAll(() => rm(directory, { recursive: true }));

const newPath = () => join(directory, `run-${++files}`, "out.ndjson");

async function linesOf(path: string): Promise<unknown[]> {
  const text = await readFile(path, "utf8");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describeSink("ndjson", () => {
  const path = newPath();
  const obstruct = async () => {
    await mkdir(path, { recursive: true });
    return { [Symbol.asyncDispose]: () => rmdir(path) };
  };
  return { sink: new NdjsonSink({ path, fsync: true }), read: () => linesOf(path), obstruct };
});

describe("NdjsonSink", () => {
  it("creates directories, and an empty file when nothing is written", async () => {
    const path = newPath();
    const sink = new NdjsonSink({ path });
    await sink.open();
    await sink[Symbol.asyncDispose]();
    expect(await readFile(path, "utf8")).toBe("");
  });

  it("begins a file anew, or continues it", async () => {
    const path = join(directory, "kept.ndjson");
    await writeFile(path, '"old"\n');
    {
      await using sink = new NdjsonSink({ path, mode: "append" });
      await sink.write("new", { signal });
    }
    expect(await linesOf(path)).toEqual(["old", "new"]);
    {
      await using sink = new NdjsonSink({ path });
      await sink.write("only", { signal });
    }
    expect(await linesOf(path)).toEqual(["only"]);
  });

  it("ends the line that it finds cut off", async () => {
    const path = join(directory, "cut-off.ndjson");
    await writeFile(path, '{"cut": "o');
    await using sink = new NdjsonSink({ path, mode: "append" });
    await sink.write("whole", { signal });
    expect(await readFile(path, "utf8")).toBe('{"cut": "o\n"whole"\n');
  });

  it("refuses what is no JSON, and goes on", async () => {
    const path = newPath();
    await using sink = new NdjsonSink({ path });
    await expect(sink.write(undefined, { signal })).rejects.toMatchObject({ code: "LLMSPELL_E_SINK_RECORD" });
    await expect(sink.write({ n: 1n }, { signal })).rejects.toMatchObject({ code: "LLMSPELL_E_SINK_RECORD" });
    await sink.write({ n: 1 }, { signal });
    expect(await linesOf(path)).toEqual([{ n: 1 }]);
  });

  it("tells the writer of a file that cannot be opened", async () => {
    const sink = new NdjsonSink({ path: directory });
    await expect(sink.open()).rejects.toMatchObject({ code: "LLMSPELL_E_SINK_FILE" });
    await expect(sink.write(1, { signal })).rejects.toMatchObject({ code: "LLMSPELL_E_SINK_FILE" });
    await sink[Symbol.asyncDispose]();
  });

  it("refuses a file that another writes, until that one is disposed", async () => {
    const path = newPath();
    const first = new NdjsonSink({ path }, { owner: "sink triaged" });
    await first.write(1, { signal });
    await using second = new NdjsonSink({ path: relative(process.cwd(), path) }, { owner: "sink archive" });
    await expect(second.open()).rejects.toMatchObject({
      code: "LLMSPELL_E_SINK_FILE",
      message: expect.stringContaining("sink archive and sink triaged would overwrite each other"),
    });
    await first.write(2, { signal });
    await first[Symbol.asyncDispose]();
    expect(await linesOf(path)).toEqual([1, 2]);
    await second.write(3, { signal });
    expect(await linesOf(path)).toEqual([3]);
  });

  it("writes nothing for a writer that has given up", async () => {
    const path = newPath();
    await using sink = new NdjsonSink({ path });
    await sink.open();
    const reason = new Error("given up");
    await expect(sink.write(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await linesOf(path)).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")("tells every writer when the disk is full, and closes", async () => {
    const sink = new NdjsonSink({ path: "/dev/full" });
    const writes = await Promise.allSettled([1, 2, 3].map((record) => sink.write(record, { signal })));
    expect(writes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await sink[Symbol.asyncDispose]();
  });

  it.skipIf(process.platform !== "linux")("writes again when the disk has room", async () => {
    const path = join(directory, "link.ndjson");
    const target = join(directory, "with-room.ndjson");
    await symlink("/dev/full", path);
    await using sink = new NdjsonSink({ path });
    await expect(sink.write(1, { signal })).rejects.toMatchObject({ code: "LLMSPELL_E_SINK_FILE" });
    await unlink(path);
    await writeFile(target, '"earlier"\n');
    await symlink(target, path);
    await sink.write(2, { signal });
    expect(await linesOf(path)).toEqual(["earlier", 2]);
  });
});
