import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeSource } from "@llmspell/testkit/conformance/source";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NdjsonSourceOptions } from "./generated/options.ts";
import { NdjsonSource } from "./ndjson-source.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-ndjson-source-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const path = join(directory, "events.ndjson");
  await writeFile(path, text);
  return path;
}

async function read(options: NdjsonSourceOptions) {
  const skipped: Error[] = [];
  const context = { signal: new AbortController().signal, skip: (error: Error) => skipped.push(error) };
  const records = await Array.fromAsync(new NdjsonSource(options).open(context));
  return { records, skipped };
}

describeSource("ndjson", async () => {
  const records = Array.from({ length: 50 }, (_, index) => ({ index, text: "ü".repeat(3000) }));
  const text = records.map((record) => JSON.stringify(record)).join("\n");
  return { source: new NdjsonSource({ path: await fileWith(text) }), records };
});

describe("NdjsonSource", () => {
  it("passes over blank lines, line ends of Windows and a byte order mark", async () => {
    const path = await fileWith('\uFEFF{"a":1}\r\n\r\n  \n[2]\r\n"last"');
    expect(await read({ path })).toEqual({ records: [{ a: 1 }, [2], "last"], skipped: [] });
  });

  it("gives nothing from an empty file", async () => {
    expect((await read({ path: await fileWith("") })).records).toEqual([]);
  });

  it("reads back whatever JSON was written, however long its lines", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 20 }), fc.nat(200_000), async (values, length) => {
        const written = [...values, "x".repeat(length)].map((value) => JSON.stringify(value));
        const { records } = await read({ path: await fileWith(`${written.join("\n")}\n`) });
        expect(records.map((record) => JSON.stringify(record))).toEqual(written);
      }),
      { numRuns: 30 },
    );
  });

  it("fails on a bad line with its number, after the lines before it", async () => {
    const path = await fileWith('{"a":1}\n\n{oops}\n{"b":2}\n');
    const source = new NdjsonSource({ path });
    const records: unknown[] = [];
    const reading = async () => {
      for await (const record of source.open({ signal: new AbortController().signal, skip: () => {} })) {
        records.push(record);
      }
    };
    await expect(reading()).rejects.toMatchObject({
      code: "LLMSPELL_E_SOURCE_LINE",
      message: expect.stringContaining(`${path}:3 is not valid JSON: `),
    });
    expect(records).toEqual([{ a: 1 }]);
  });

  it("leaves bad lines out and reports each where that is asked for", async () => {
    const path = await fileWith('oops\n{"a":1}\n{"b"\n');
    const { records, skipped } = await read({ path, onBadLine: "skip" });
    expect(records).toEqual([{ a: 1 }]);
    expect(skipped.map(({ message }) => message.split(" ")[0])).toEqual([`${path}:1`, `${path}:3`]);
  });

  it("names a file that is missing", async () => {
    await expect(read({ path: join(directory, "none") })).rejects.toMatchObject({ code: "LLMSPELL_E_SOURCE_FILE" });
  });
});
