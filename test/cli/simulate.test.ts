import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { llmspell } from "./llmspell.ts";

let directory: string;
let trace: string;

/** Two calls a second for a minute, one of them in another pool. */
const CALLS = Array.from({ length: 120 }, (_, index) => {
  return JSON.stringify({ at: index * 500, duration: 700, pool: index === 7 ? "other" : "search" });
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-simulate-"));
  trace = join(directory, "calls.ndjson");
  await writeFile(trace, `${CALLS.join("\n")}\n`);
});

afterAll(() => rm(directory, { recursive: true }));

describe("llmspell simulate tools", () => {
  it("compares every policy with an oracle, where there is no configuration", async () => {
    const args = ["simulate", "tools", "--trace", trace, "--pool", "search", "--cold-start", "1s", "--max", "5"];
    const { code, stdout, stderr } = await llmspell([...args, "-c", "pools.yaml"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [title, blank, titles, ...lines] = stdout.trimEnd().split("\n");
    expect(title).toContain("119 calls in 59.50 s, 700 ms each; 2 to 5 instances, 1.00 s until one is warm");
    expect(blank).toBe("");
    expect(titles).toMatch(/^policy +wait p50 +p95 +p99 +timed out +refused +instance s +cost +to oracle/);
    const names = lines.map((line) => line.split(/ {2,}/)[0]);
    expect(names).toEqual(["oracle", "as configured", "on_demand", "adaptive", "load_based", "predictive", "gradient"]);
    expect(lines[0]).toContain("× 1.00");
  });

  it("gives the same figures again, as JSON, of the policies that are named", async () => {
    const yaml = "{ use: predictive, maxWait: 100ms, cooldown: 1s }";
    const policies = ["--policy", "on_demand", yaml];
    const args = ["simulate", "tools", "--trace", trace, "--pool", "search", ...policies, "--json"];
    const [first, second] = await Promise.all([llmspell(args, { cwd: directory }), llmspell(args, { cwd: directory })]);
    expect(first.stdout).toBe(second.stdout);
    const { policies: figures } = JSON.parse(first.stdout);
    expect(figures.map(({ name }: { name: string }) => name)).toEqual(["oracle", "on_demand", yaml]);
    expect(figures[1]).toMatchObject({ timeOuts: 0, refused: 0, p50: 0, cost: expect.any(Number) });
    expect(figures[1].costToOracle).toBeCloseTo(figures[1].cost / figures[0].cost, 10);
  });

  it("draws what it found", async () => {
    const svg = join(directory, "plot.svg");
    const args = ["simulate", "tools", "--trace", trace, "--pool", "search", "--policy", "on_demand", "--svg", svg];
    const { code, stderr } = await llmspell(args, { cwd: directory });
    expect(stderr).toBe(`drawn to ${svg}\n`);
    expect(code).toBe(0);
    const text = await readFile(svg, "utf8");
    expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 960 \d+"/);
    expect(text.match(/<path d="M[^"]+"/g)).toHaveLength(5);
    for (const label of ["calls a second", "instances", "longest wait, ms", ">oracle<", ">on_demand<"]) {
      expect(text).toContain(label);
    }
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    const [, waits = ""] = text.split("longest wait, ms");
    const marks = [...waits.matchAll(/text-anchor="end">(\d+)</g)].map(([, mark]) => mark);
    expect(marks.length).toBeGreaterThan(0);
    expect(marks.every((mark) => /^10*$/.test(mark ?? ""))).toBe(true);
  });

  it("takes the medians of several seeds", async () => {
    const args = ["simulate", "tools", "--synthetic", "random_bursts", "--policy", "on_demand"];
    const { stdout, code } = await llmspell([...args, "--seed", "3", "4", "5"], { cwd: directory });
    expect(stdout).toContain("medians of 3 seeds");
    expect(code).toBe(0);
  });

  it.each([
    [[], "LLMSPELL_E_SIMULATE_TRACE: Expected either --trace or --synthetic."],
    [["--synthetic", "steddy"], 'There is no synthetic trace "steddy"; there is steady, ramp, daily_wave,'],
    [["--trace", "none.ndjson"], "LLMSPELL_E_SIMULATE_TRACE: The trace cannot be read: ENOENT"],
    [["--trace", "calls.ndjson", "--seed", "2"], "Expected --seed with --synthetic only"],
    [["--trace", "calls.ndjson"], "LLMSPELL_E_TRACE_POOLS: The trace has calls of several pools: other, search."],
    [
      ["--synthetic", "steady", "--pool", "none"],
      'LLMSPELL_E_SIMULATE_POOL: The configuration has no tool pool "none".',
    ],
    [["--synthetic", "steady", "--policy", "{ use: 3 }"], "LLMSPELL_E_SIMULATE_POLICY: The policy `{ use: 3 }`"],
    [["--synthetic", "steady", "--policy", "{ use: "], "LLMSPELL_E_SIMULATE_POLICY"],
    [["--synthetic", "steady", "--policy", "predictiv"], "predictive"],
    [["--synthetic", "steady", "--policy", "{ use: predictive, maxWait: 5 }"], "Write the unit: `5ms` or `5s`."],
    [["--synthetic", "steady", "--min", "9", "--max", "3"], "LLMSPELL_E_POOL_OPTIONS"],
  ])("says what is wrong with %j", async (args, message) => {
    const { code, stdout, stderr } = await llmspell(["simulate", "tools", ...args], { cwd: directory });
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBeGreaterThan(0);
  });

  it("refuses what is no number, with code 2", async () => {
    const { code, stderr } = await llmspell(["simulate", "tools", "--synthetic", "steady", "--max", "many"]);
    expect(stderr).toContain("Expected a whole number.");
    expect(code).toBe(2);
  });

  it("shows in its help how it is used", async () => {
    const { code, stdout } = await llmspell(["simulate", "tools", "--help"]);
    expect(stdout).toContain("--record-trace calls.ndjson");
    expect(stdout).toContain("--synthetic <name>");
    expect(code).toBe(0);
    expect(stdout).toMatch(/--cold-start .*\(default:\s+600ms\)/);
  });
});

describe("llmspell run --record-trace", () => {
  it("writes each call, and the trace can be simulated", async () => {
    const calls = join(directory, "recorded.ndjson");
    const { code, stderr } = await llmspell(["run", "-c", "pools.yaml", "--record-trace", calls]);
    expect(stderr).toContain(`4 calls recorded in ${calls}\n`);
    expect(code).toBe(0);
    const lines = (await readFile(calls, "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      expect(JSON.parse(line)).toEqual({ at: expect.any(Number), duration: expect.any(Number), pool: "search" });
    }
    const simulated = await llmspell(["simulate", "tools", "--trace", calls, "--policy", "on_demand"], {
      cwd: directory,
    });
    expect(simulated.stdout).toContain("4 calls in ");
    expect(simulated.code).toBe(0);
  });

  it("does not begin when the file cannot be written", async () => {
    const { code, stderr } = await llmspell(["run", "-c", "pools.yaml", "--record-trace", "none/calls.ndjson"]);
    expect(stderr).toContain("LLMSPELL_E_RUN_TRACE: The trace cannot be written: ENOENT");
    expect(stderr).not.toContain("done");
    expect(code).toBe(1);
  });

  it("says that there are no pools to record", async () => {
    const { code, stderr } = await llmspell(["run", "-c", "rig.yaml", "--record-trace", join(directory, "x.ndjson")]);
    expect(stderr).toContain("LLMSPELL_E_RUNTIME_SECTION");
    expect(code).toBe(1);
  });
});
