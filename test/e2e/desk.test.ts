import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reading } from "@llmspell/base";
import { ChatServer } from "@llmspell/testkit/chat-server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const COMMAND = join(ROOT, "packages/llmspell/src/main.ts");

let directory: string;

beforeEach(async () => {
  // The desk writes beside its configuration, so each test has a directory of its own.
  directory = await mkdtemp(join(tmpdir(), "llmspell-desk-"));
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "llmspell.config.yaml"), await readFile(join(ROOT, "llmspell.config.yaml")));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe("the repository desk", () => {
  it("takes in 329 payloads, loses none, and says so", { timeout: 60_000 }, async () => {
    const { code, readings } = await runDesk({});
    expect(code).toBe(0);
    expect(readings.get("source webhooks")).toMatchObject({ in: 329, out: 329, shed: 0, failed: 0, pending: 0 });
    for (const [name, reading] of readings) {
      const { in: taken, out, shed, failed, pending } = reading;
      expect(out + shed + failed + pending, name).toBe(taken);
      expect(failed, name).toBe(0);
      expect(pending, name).toBe(0);
    }
    const conversations = readings.get("channel conversations")?.in ?? 0;
    expect(conversations).toBeGreaterThan(90);
    for (const part of ["pipeline triage", "pool text_analysis", "agent triage", "hook point before_llm_call"]) {
      expect(readings.get(part)?.out, part).toBe(conversations);
    }
    const [first, ...rest] = await linesOf("triaged");
    expect(rest).toHaveLength(conversations - 1);
    expect(first).toMatchObject({
      summary: expect.any(String),
      analysis: { language: expect.any(String), sentences: expect.any(Number) },
    });
    expect(await linesOf("security")).toHaveLength(17);
    expect(await linesOf("unhandled")).toHaveLength(0);
  });

  it("asks an OpenAI-compatible server instead, by the environment alone", { timeout: 60_000 }, async () => {
    await using server = await ChatServer.start({ message: { content: "Somebody asks for something." } });
    const { code, readings } = await runDesk({ LLM_BASE_URL: server.baseUrl, LLM_MODEL: "tiny" });
    expect(code).toBe(0);
    expect(server.requests).toHaveLength(readings.get("agent triage")?.out ?? 0);
    expect(server.requests[0]).toMatchObject({ path: "/v1/chat/completions", body: { model: "tiny" } });
    expect((await linesOf("triaged"))[0]).toMatchObject({ summary: "Somebody asks for something." });
  });

  it("ends although the server is dead, and keeps what nobody answered", { timeout: 60_000 }, async () => {
    const server = await ChatServer.start();
    const environment = { LLM_BASE_URL: server.baseUrl, LLM_MODEL: "tiny" };
    await server[Symbol.asyncDispose]();
    const { code, readings, stderr } = await runDesk(environment);
    // What is passed on as a dead letter does not fail the run.
    expect(code).toBe(0);
    expect(readings.get("source webhooks")).toMatchObject({ in: 329, out: 329, shed: 0, failed: 0, pending: 0 });
    const failed = readings.get("channel conversations")?.failed ?? 0;
    expect(failed).toBeGreaterThan(0);
    expect(await linesOf("unhandled")).toHaveLength(failed);
    expect(stderr).toContain("Further failures of this kind are only counted.");

    const { stdout } = await runCommand([], environment);
    expect(stdout).toContain("\nevents in 329 = 329 accounted for: 329 out, 0 shed, 0 failed\n");
    const deliveries = /\ndeliveries (\d+) = (\d+) delivered \+ (\d+) failed \+ 0 shed \+ 0 pending\n/.exec(stdout);
    const [came = 0, delivered = 0, undelivered] = deliveries?.slice(1).map(Number) ?? [];
    expect(undelivered).toBe(failed);
    expect(came).toBe(delivered + failed);
  });

  it("loses nothing where channels hold only a few events", { timeout: 60_000 }, async () => {
    const path = join(directory, "llmspell.config.yaml");
    const config = await readFile(path, "utf8");
    await writeFile(path, config.replaceAll("overflow: block,", "overflow: block, capacity: 2,"));
    const { code, readings } = await runDesk({});
    expect(code).toBe(0);
    for (const [name, { shed }] of readings) if (/^(source|channel) /.test(name)) expect(shed, name).toBe(0);
    expect(await linesOf("triaged")).toHaveLength(readings.get("channel conversations")?.in ?? 0);
  });
});

async function runDesk(environment: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await runCommand(["--json"], environment);
  const { readings } = JSON.parse(stdout) as { readings: Reading[] };
  return { code, stderr, readings: new Map(readings.map((reading) => [`${reading.part} ${reading.name}`, reading])) };
}

async function runCommand(options: readonly string[], environment: Readonly<Record<string, string>>) {
  const { LLM_BASE_URL: _url, LLM_MODEL: _model, ...inherited } = process.env;
  const args = ["--conditions=@llmspell/source", COMMAND, "run", ...options];
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { ...inherited, ...environment },
    timeout: 50_000,
  });
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

async function linesOf(sink: string): Promise<unknown[]> {
  const text = await readFile(join(directory, `.llmspell/desk/${sink}.ndjson`), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
