import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMAND, FIXTURES, llmspell } from "./llmspell.ts";

const STANDARD = fileURLToPath(new URL("../../packages/standard", import.meta.url));
const FEED_URL = "https://user:hunter22@feed.example";

describe("llmspell run", () => {
  it("ends when everything is done, with the table and the sum on stdout", async () => {
    const { code, stdout, stderr } = await llmspell(["run", "--config", "rig.yaml"]);
    expect(stdout.split("\n")).toEqual([
      "        in  out  shed  failed  pending      p50      p99",
      "source",
      "  rig    3    3     0       0        0        -        -",
      "channel",
      "  work   3    3     0       0        0  1.00 ms  25.0 ms",
      "",
      "events in 3 = 3 accounted for: 3 out, 0 shed, 0 failed",
      "deliveries 3 = 3 delivered + 0 failed + 0 shed + 0 pending",
      "",
    ]);
    expect(stderr).toMatch(
      /^rigged: running rig\.yaml\ninfo {2}draining\ninfo {2}stopped\nrigged: done after [\d.]+ m?s\n$/,
    );
    expect(code).toBe(0);
  });

  it("is the command when none is named", async () => {
    const { code, stdout } = await llmspell(["-c", "rig.yaml", "--quiet", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ name: "rigged", ok: true, errors: [] });
    expect(code).toBe(0);
  });

  it("with --quiet says nothing when all is well", async () => {
    expect(await llmspell(["run", "--quiet", "-c", "rig.yaml"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("with --json prints the figures for a script", async () => {
    const { stdout } = await llmspell(["run", "--json", "-c", "losing.yaml"]);
    const { ok, errors, accounts, readings } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(errors).toEqual([
      {
        code: "LLMSPELL_E_RUN_UNBALANCED",
        message: "Events are not accounted for: channel work: 10 in, 8 accounted for.",
      },
    ]);
    expect(accounts).toContainEqual({
      ...{ part: "channel", in: 10, out: 8, shed: 0, failed: 0, pending: 0, kept: 0, unaccounted: 2 },
    });
    expect(readings).toHaveLength(2);
  });

  it("fails when the steps of a pipeline fail for good, and names the channel", async () => {
    const { code, stdout, stderr } = await llmspell(["run", "-c", "lost.yaml"]);
    expect(stdout).toContain("events in 4 = 4 accounted for: 4 out, 0 shed, 0 failed\n");
    expect(stdout).toContain("deliveries 4 = 2 delivered + 2 failed + 0 shed + 0 pending\n");
    expect(stderr).toContain("error LLMSPELL_E_RUN_EVENTS_FAILED: Events failed for good: channel numbers: 2.\n");
    expect(stderr).toMatch(/numbers: done, with 2 events failed \(channel numbers\) after [\d.]+ m?s\n$/);
    expect(code).toBe(1);
  });

  it("reports what became a dead letter, which is no failure", async () => {
    const { code, stdout, stderr } = await llmspell(["run", "-c", "dead-letters.yaml"]);
    expect(stdout).toContain("deliveries 6 = 4 delivered + 2 failed + 0 shed + 0 pending\n");
    expect(stderr).toMatch(/numbers: done, with 2 events passed on as dead letters \(channel numbers\) after /);
    expect(code).toBe(0);
  });

  it("fails when events are left behind that nothing keeps", async () => {
    const { code, stderr } = await llmspell(["run", "-c", "left.yaml"]);
    expect(stderr).toContain("error LLMSPELL_E_RUN_LEFT_BEHIND: Events were left behind: channel work: 1.\n");
    expect(stderr).toMatch(/left: failed after [\d.]+ m?s\n$/);
    expect(code).toBe(1);
  });

  it("fails when events went missing", async () => {
    const { code, stderr } = await llmspell(["run", "-c", "losing.yaml"]);
    expect(stderr).toContain("error LLMSPELL_E_RUN_UNBALANCED: Events are not accounted for: channel work: 10 in, 8");
    expect(stderr).toMatch(/losing: failed after [\d.]+ m?s\n$/);
    expect(code).toBe(1);
  });

  it("fails when a source failed; drains and reports nevertheless, and names no secret", async () => {
    const { code, stdout, stderr } = await llmspell(["run", "-c", "failing.yaml"], { env: { FEED_URL } });
    expect(stderr).toContain("info  reading [redacted:FEED_URL]");
    expect(stderr).toContain("error: the feed at [redacted:FEED_URL] is gone");
    expect(stderr).toContain("draining");
    expect(stdout).toContain("events in 3 = 3 accounted for");
    expect(stdout + stderr).not.toContain("hunter22");
    expect(code).toBe(1);
  });

  it("names no secret in JSON either", async () => {
    const { stdout, stderr } = await llmspell(["run", "--json", "-c", "failing.yaml"], { env: { FEED_URL } });
    expect(JSON.parse(stdout).errors).toEqual([{ message: "the feed at [redacted:FEED_URL] is gone" }]);
    expect(stdout + stderr).not.toContain("hunter22");
  });

  it("fails when a part does not start, and stops what had started", async () => {
    const { code, stdout, stderr } = await llmspell(["run", "-c", "not-starting.yaml"], { env: { FEED_URL } });
    expect(stderr).toContain(
      "error LLMSPELL_E_PLUGIN_FAILED: rig failed in start: no connection with [redacted:FEED_URL]",
    );
    expect(stderr).toContain("info  stopped");
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("names the code of what made a part fail, which the documentation explains", async () => {
    const { code, stderr } = await llmspell(["run", "-c", "broken-guard.yaml"]);
    expect(stderr).toContain(
      "error LLMSPELL_E_PLUGIN_FAILED: @llmspell/plugin-hook-guards failed in hook json_schema: ",
    );
    expect(stderr).toContain("\n  Caused by LLMSPELL_E_HOOK_GUARD_SCHEMA.\n");
    expect(code).toBe(1);
  });

  it("runs a configuration in a folder without packages, and tells what to do as what failed first says it", async () => {
    const directory = await mkdtemp(join(tmpdir(), "llmspell-elsewhere-"));
    const pool = "{ use: process, command: no-such-program, description: d, inputSchema: {} }";
    await writeFile(
      join(directory, "llmspell.config.yaml"),
      `plugins: ["@llmspell/standard"]\ntools: { pools: { p: { tool: ${pool} } } }\n`,
    );
    try {
      const { code, stderr } = await llmspell(["run"], { cwd: directory });
      expect(stderr).toContain("there is no program of this name on PATH");
      expect(stderr).toContain("\n  `command` is a program on PATH");
      expect(stderr).not.toContain("The cause says");
      expect(code).toBe(1);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("names the line of a module that Node cannot read as TypeScript", async () => {
    // Made here, as the compiler refuses it in the repository.
    const cwd = await mkdtemp(join(tmpdir(), "llmspell-run-"));
    const hooks = "hooks: { points: { before_pipeline: [{ id: count, use: ./count.ts }] } }";
    await writeFile(join(cwd, "llmspell.config.yaml"), `plugins: ["${STANDARD}"]\n${hooks}\n`);
    await writeFile(join(cwd, "count.ts"), "export default () => ({ handle: () => Count.One });\nenum Count { One }\n");
    const { code, stderr } = await llmspell(["run"], { cwd });
    await rm(cwd, { recursive: true });
    expect(stderr).toMatch(/count\.ts cannot be imported: TypeScript enum is not supported in .+, at .+count\.ts:2\n/);
    expect(code).toBe(1);
  });

  it("shows where in the code it happened only with --verbose, the secret still redacted", async () => {
    const env = { FEED_URL };
    const { stderr: short } = await llmspell(["run", "-c", "not-starting.yaml"], { env });
    const { stderr: long } = await llmspell(["run", "--verbose", "-c", "not-starting.yaml"], { env });
    expect(short).not.toContain("rig.ts:");
    expect(long).toContain("rig.ts:");
    expect(long).not.toContain("hunter22");
  });

  it("ends at once when something is thrown that nobody catches, the secret redacted", async () => {
    const { code, stdout, stderr } = await llmspell(["run", "-c", "uncaught.yaml"], { env: { FEED_URL } });
    expect(stderr).toContain("error: nobody caught [redacted:FEED_URL]\n");
    expect(stdout + stderr).not.toContain("hunter22");
    expect(code).toBe(1);
  });

  it("reports an invalid configuration with code 78", async () => {
    const { code, stderr } = await llmspell(["run", "-c", "invalid.yaml"]);
    expect(stderr).toContain("invalid.yaml:4:13: error");
    expect(code).toBe(78);
  });
});

describe("a reader that has gone", () => {
  it.each([
    ["rig.yaml", "2>&1 >/dev/null", "0"],
    ["rig.yaml", "", "0"],
    ["losing.yaml", "2>&1 >/dev/null", "1"],
    ["losing.yaml", "2>/dev/null", "1"],
  ])("leaves the run of %s %s its end and its exit code", (config, redirection, expected) => {
    const command = `"${process.execPath}" ${COMMAND.join(" ")} run --verbose -c ${config} ${redirection} | true`;
    const { stdout } = spawnSync("bash", ["-c", `${command}; echo "\${PIPESTATUS[0]}"`], {
      cwd: FIXTURES,
      encoding: "utf8",
      timeout: 15_000,
    });
    expect(stdout).toBe(`${expected}\n`);
  });
});

it("stops after --drain-timeout, and says that it did", async () => {
  const { code, stdout, stderr } = await llmspell(["run", "-c", "hanging.yaml", "--drain-timeout", "50ms"], {
    onStderr: (text, child) => {
      if (text.includes("info  serving\n")) child.kill("SIGINT");
    },
  });
  expect(stderr).toContain("error LLMSPELL_E_DRAIN_UNFINISHED: Draining was ended before");
  expect(stderr).toContain("info  stopped\n");
  expect(stdout).toContain("events in 3 = 3 accounted for");
  expect(code).toBe(1);
});

describe("a signal", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s drains, reports and ends the run with code 0", async (signal) => {
    const { code, stdout, stderr } = await llmspell(["run", "-c", "serving.yaml"], {
      onStderr: (text, child) => {
        if (text.includes("serving\n")) child.kill(signal);
      },
    });
    expect(stderr).toContain(`: ${signal}, finishing what is under way; send it again to stop at once\n`);
    expect(stderr).toContain("draining");
    expect(stdout).toContain("events in 3 = 3 accounted for");
    expect(code).toBe(0);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s during the start stops with code %d, and says so at once", async (signal, expected) => {
    const { code, stderr } = await llmspell(["run", "-c", "starting.yaml"], {
      onStderr: (text, child) => {
        if (text.includes("info  starting\n")) child.kill(signal);
      },
    });
    expect(stderr.split("\n").slice(1, -2)).toEqual([
      "info  starting",
      `starting: ${signal}, stopping before the start is over; send it again to stop at once`,
      "info  stopped",
    ]);
    expect(stderr).toMatch(/starting: interrupted after [\d.]+ m?s\n$/);
    expect(code).toBe(expected);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s a second time stops at once with code %d", async (signal, expected) => {
    const { code, stdout } = await llmspell(["run", "-c", "hanging.yaml"], {
      onStderr: (text, child) => {
        if (text.includes("info  serving\n") || text.includes("info  draining\n")) child.kill(signal);
      },
    });
    expect(stdout).toBe("");
    expect(code).toBe(expected);
  });
});
