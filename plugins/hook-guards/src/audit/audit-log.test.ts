import { appendFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Redact } from "../redact.ts";
import { contextFor } from "../testing/context-for.ts";
import { AuditLog } from "./audit-log.ts";
import { verifyAuditLog } from "./verify-audit-log.ts";

let directory: string;
let files = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-audit-"));
});
afterAll(() => rm(directory, { recursive: true }));

const newPath = () => join(directory, `${++files}`, "audit.ndjson");
const clock = new VirtualClock(Date.parse("2026-01-02T03:04:05.678Z"));
const contextOf = (data: Record<string, unknown>) => contextFor(data, { clock });

async function linesOf(path: string): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(path, "utf8")).split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

/** An audit log of three lines. */
async function threeLines(path = newPath()): Promise<string> {
  await using log = new AuditLog({ path }, { clock });
  for (const n of [1, 2, 3]) await log.handle(contextOf({ n }));
  return path;
}

describe("audit_log", () => {
  it("records what passes, chained from line to line", async () => {
    const path = await threeLines();
    const lines = await linesOf(path);
    expect(lines[0]).toMatchObject({
      line: 1,
      time: "2026-01-02T03:04:05.678Z",
      point: "before_llm_call",
      attempt: 1,
      data: { n: 1 },
      previous: "0".repeat(64),
    });
    expect(lines[1]).toMatchObject({ line: 2, data: { n: 2 }, previous: lines[0]?.["hash"] });
    expect(await verifyAuditLog(path)).toEqual({ isIntact: true, lines: 3, hash: lines[2]?.["hash"] });
  });

  it("records its fields only, and what was redacted before as it was left", async () => {
    const path = newPath();
    await using log = new AuditLog({ path, fields: ["text", "usage.input", "missing"] }, { clock });
    const data = { text: "I am a@example.com", usage: { input: 1, output: 2 }, secret: true };
    const outcome = new Redact().handle(contextOf(data));
    await log.handle(contextOf({ ...data, ...(outcome?.kind === "modify" ? outcome.patch : {}) }));
    expect((await linesOf(path))[0]?.["data"]).toEqual({ text: "I am [redacted:email]", "usage.input": 1 });
  });

  it("keeps the order of calls that do not wait for each other, of all hooks of a file", async () => {
    const path = newPath();
    const first = new AuditLog({ path }, { clock });
    const second = new AuditLog({ path, fsync: true }, { clock });
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    await Promise.all(numbers.map((n) => (n % 2 === 0 ? first : second).handle(contextOf({ n }))));
    await first[Symbol.asyncDispose]();
    await second.handle(contextOf({ n: 50 }));
    expect(second.figures()).toEqual({ recorded: 26, failed: 0, recoveredBytes: 0 });
    await second[Symbol.asyncDispose]();
    const recorded = (await linesOf(path)).map(({ data }) => data);
    expect(recorded).toEqual([...numbers, 50].map((n) => ({ n })));
    expect(await verifyAuditLog(path)).toMatchObject({ isIntact: true, lines: 51 });
  });

  it("writes what waits before it closes, also for a caller that has given up", async () => {
    const path = newPath();
    const log = new AuditLog({ path }, { clock });
    const reason = new Error("given up");
    const signal = AbortSignal.abort(reason);
    const given = expect(log.handle(contextFor({ n: 1 }, { clock, signal }))).rejects.toBe(reason);
    const kept = log.handle(contextOf({ n: 2 }));
    await log[Symbol.asyncDispose]();
    await Promise.all([given, kept]);
    expect(await linesOf(path)).toHaveLength(2);
    await expect(log.handle(contextOf({}))).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_AUDIT_FILE" });
  });

  it("continues the chain of a file, also behind a line that is longer than what is read at once", async () => {
    const path = newPath();
    const long = "ä".repeat(100_000);
    for (const n of [1, 2, 3]) {
      await using log = new AuditLog({ path }, { clock });
      await log.handle(contextOf({ n, long }));
    }
    expect(await verifyAuditLog(path)).toMatchObject({ isIntact: true, lines: 3 });
  });

  it("keeps a line that was cut off aside, and says so in the chain", async () => {
    const path = await threeLines();
    const whole = await readFile(path);
    const torn = '{"data":{"n":4},"ha';
    await appendFile(path, torn);
    expect(await verifyAuditLog(path)).toEqual({ isIntact: false, line: 4, problem: "it is cut off" });
    const warnings: string[] = [];
    const silent = () => undefined;
    const log: Log = { debug: silent, info: silent, error: silent, warn: (message) => warnings.push(message) };
    await using hook = new AuditLog({ path }, { clock, log });
    await hook.handle(contextOf({ n: 5 }));
    expect(hook.figures()).toEqual({ recorded: 1, failed: 0, recoveredBytes: torn.length });
    expect(warnings).toEqual([`The last line of ${path} was cut off; it is kept in ${path}.torn.`]);
    expect(await readFile(`${path}.torn`, "utf8")).toBe(`${torn}\n`);
    expect((await readFile(path)).subarray(0, whole.length)).toEqual(whole);
    expect((await linesOf(path)).slice(3)).toMatchObject([
      { line: 4, recovered: { bytes: torn.length, keptIn: "audit.ndjson.torn" } },
      { line: 5, data: { n: 5 } },
    ]);
    expect(await verifyAuditLog(path)).toMatchObject({ isIntact: true, lines: 5 });
  });

  it("recovers from a crash at any byte", async () => {
    const path = await threeLines();
    const whole = await readFile(path);
    for (let size = 0; size < whole.length; size += 7) {
      const cut = join(directory, `cut-${size}.ndjson`);
      await writeFile(cut, whole.subarray(0, size));
      await using log = new AuditLog({ path: cut }, { clock });
      await log.handle(contextOf({ size }));
      expect(await verifyAuditLog(cut)).toMatchObject({ isIntact: true });
    }
  });

  it.each([
    ["is none of an audit log", "hello\n", "it is no JSON object in UTF-8"],
    ["has no hash", "{}\n", "it has no `line`, `previous` and `hash`"],
    ["is empty", "\n", "it is no JSON object in UTF-8"],
  ])("does not continue a file whose last line %s", async (_, content, problem) => {
    const path = join(directory, `foreign-${++files}.ndjson`);
    await writeFile(path, content);
    expect(() => new AuditLog({ path })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_HOOK_AUDIT_CHAIN", message: expect.stringContaining(problem) }),
    );
    expect(await readFile(path, "utf8")).toBe(content);
  });

  it("fails when another process writes to the file, and when the file cannot be opened", async () => {
    const path = newPath();
    await using log = new AuditLog({ path }, { clock });
    await log.handle(contextOf({}));
    const { size } = await stat(path);
    await appendFile(path, "x");
    await expect(log.handle(contextOf({}))).rejects.toMatchObject({
      code: "LLMSPELL_E_HOOK_AUDIT_FILE",
      message: expect.stringContaining(`it has ${size + 1} bytes where ${size} were written`),
    });
    expect(log.figures()).toMatchObject({ recorded: 1, failed: 1 });
    expect(() => new AuditLog({ path: directory })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_HOOK_AUDIT_FILE" }),
    );
  });

  it.skipIf(process.platform !== "linux")("tells each caller when the disk is full", async () => {
    const path = join(directory, "full.ndjson");
    await symlink("/dev/full", path);
    const log = new AuditLog({ path }, { clock });
    await expect(log.handle(contextOf({}))).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_AUDIT_FILE" });
    await log[Symbol.asyncDispose]();
  });

  it("refuses what is no JSON, and goes on", async () => {
    const path = newPath();
    await using log = new AuditLog({ path }, { clock });
    await expect(log.handle(contextOf({ n: 1n }))).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_AUDIT_RECORD" });
    await log.handle(contextOf({ n: 1 }));
    expect(await verifyAuditLog(path)).toMatchObject({ isIntact: true, lines: 1 });
  });
});

describe("verifyAuditLog", () => {
  it("accepts any data that JSON can hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue())), async (entries) => {
        const path = newPath();
        {
          await using log = new AuditLog({ path }, { clock });
          await Promise.all(entries.map((data) => log.handle(contextOf(data))));
        }
        expect(await verifyAuditLog(path)).toMatchObject({ isIntact: true, lines: entries.length });
      }),
      { numRuns: 50 },
    );
  });

  it("finds any byte that was changed, in the line where it is", async () => {
    const path = await threeLines();
    const whole = await readFile(path);
    const lineAt = (index: number) => whole.subarray(0, index).filter((byte) => byte === 0x0a).length + 1;
    const changed = join(directory, "changed.ndjson");
    for (let index = 0; index < whole.length; index += 3) {
      const bytes = Buffer.from(whole);
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      await writeFile(changed, bytes);
      const verdict = await verifyAuditLog(changed);
      expect(verdict).toMatchObject({ isIntact: false, line: lineAt(index) });
    }
  });

  it.each([
    ["a line that was taken out", [0, 2], 2, "it does not follow the line before"],
    ["lines that changed places", [0, 2, 1], 2, "it does not follow the line before"],
    ["a line that was put in twice", [0, 1, 1, 2], 3, "it does not follow the line before"],
    ["a beginning that was taken off", [1, 2], 1, "it does not follow the line before"],
  ])("finds %s", async (_, order, line, problem) => {
    const path = await threeLines();
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, order.map((index) => `${lines[index]}\n`).join(""));
    expect(await verifyAuditLog(path)).toEqual({ isIntact: false, line, problem });
  });

  it("tells by the number of lines and the last hash what was taken off the end", async () => {
    const path = await threeLines();
    const lines = await linesOf(path);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1));
    expect(await verifyAuditLog(path)).toEqual({ isIntact: true, lines: 2, hash: lines[1]?.["hash"] });
  });

  it("ends when its signal aborts, and says when there is no file", async () => {
    const path = await threeLines();
    await expect(verifyAuditLog(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    await expect(verifyAuditLog(join(directory, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
