import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMAND, FIXTURES, llmspell } from "./llmspell.ts";

const FEED_URL = "https://user:hunter22@feed.example";

describe("llmspell validate", () => {
  it("says what a valid configuration consists of", async () => {
    const { code, stdout, stderr } = await llmspell(["validate", "-c", "rig.yaml"]);
    expect(stdout).toBe("rig.yaml is valid: 1 plugin, 1 section (rig), 0 implementations.\n");
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("prints everything that is wrong on stderr, with code 78", async () => {
    const { code, stdout, stderr } = await llmspell(["validate", "-c", "invalid.yaml"]);
    expect(stdout).toBe("");
    expect(stderr).toContain("invalid.yaml:4:13: error LLMSPELL_E_");
    expect(stderr).toContain("invalid.yaml:5:3: error LLMSPELL_E_");
    expect(stderr).toMatch(/\n2 errors\n$/);
    expect(code).toBe(78);
  });

  it("prints the diagnostics as JSON for a script", async () => {
    const { code, stdout, stderr } = await llmspell(["validate", "--json", "-c", "invalid.yaml"]);
    const { valid, diagnostics } = JSON.parse(stdout);
    expect(valid).toBe(false);
    expect(diagnostics).toHaveLength(2);
    expect(diagnostics[1]).toEqual({
      file: "invalid.yaml",
      line: 5,
      column: 3,
      severity: "error",
      code: expect.stringMatching(/^LLMSPELL_E_/),
      message: expect.stringContaining("histroy"),
      hint: expect.stringContaining("history"),
    });
    expect(stderr).toBe("");
    expect(code).toBe(78);
  });

  it("prints a valid result as JSON too", async () => {
    const { code, stdout } = await llmspell(["validate", "--json", "-c", "rig.yaml"]);
    expect(JSON.parse(stdout)).toEqual({ valid: true, file: "rig.yaml", diagnostics: [] });
    expect(code).toBe(0);
  });

  it("colours its errors only when it is told to, where there is no terminal", async () => {
    const { stderr: plain } = await llmspell(["validate", "-c", "invalid.yaml"]);
    const { stderr: coloured } = await llmspell(["validate", "-c", "invalid.yaml"], { env: { FORCE_COLOR: "1" } });
    expect(plain).not.toContain("\u001B[");
    expect(coloured).toContain("\u001B[31merror\u001B[39m");
  });

  it("says so when there is no configuration", async () => {
    const { code, stderr } = await llmspell(["validate"], { cwd: tmpdir() });
    expect(stderr).toContain("LLMSPELL_E_CONFIG_NOT_FOUND");
    expect(code).toBe(78);
  });
});

describe("wrong usage", () => {
  it.each([
    [["valdate"], "unknown command 'valdate'; there is run, validate, list"],
    [["validate", "--nope"], "unknown option '--nope'"],
    [["graph", "--format", "svg"], "Allowed choices are mermaid, dot"],
    [["schema", "too", "many"], "too many arguments for 'schema'"],
    [["--config"], "argument missing"],
    [["run", "--drain-timeout", "soon"], "--drain-timeout <duration>"],
    [["list", "-c", "rig.yaml", "--kind", "nothing"], "There is no kind `nothing`"],
    [["init", "somewhere"], "llmspell init --yes"],
  ])("%j exits with code 2 and says why", async (args, message) => {
    const { code, stdout, stderr } = await llmspell(args);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("--help", () => {
  it.each([[], ["run"], ["validate"], ["list"], ["schema"], ["print-config"], ["graph"], ["init"]])(
    "of %s shows examples and the global options",
    async (...command) => {
      const { code, stdout, stderr } = await llmspell([...command, "--help"]);
      expect(stdout).toContain("Examples:\n  llmspell ");
      expect(stdout).toContain("--config <file>");
      expect(stderr).toBe("");
      expect(code).toBe(0);
    },
  );

  it("is told the version as --version", async () => {
    expect(await llmspell(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });
});

describe("llmspell list", () => {
  it("names each implementation with its plugin, version and stability", async () => {
    const { code, stdout } = await llmspell(["list", "-c", "balanced.yaml"]);
    expect(stdout).toContain("sections\n  monitor");
    expect(stdout).toMatch(
      /^load-balancer: Chooses .*\n {2}\w+ +@llmspell\/plugin-load-balancers +0\.1\.0 +stable +\w/m,
    );
    expect(code).toBe(0);
  });

  it("prints one kind as JSON", async () => {
    const { stdout } = await llmspell(["list", "-c", "balanced.yaml", "--kind", "load-balancer", "--json"]);
    const { kinds, sections } = JSON.parse(stdout);
    expect(sections).toBeUndefined();
    expect(kinds).toHaveLength(1);
    expect(kinds[0].implementations).toContainEqual({
      name: "round_robin",
      description: expect.any(String),
      stability: "stable",
      plugin: "@llmspell/plugin-load-balancers",
      version: "0.1.0",
      path: expect.stringMatching(/llmspell\.plugin\.json$/),
    });
  });
});

describe("llmspell schema", () => {
  it("prints the schema of the configuration's plugins", async () => {
    const { stdout } = await llmspell(["schema", "-c", "balanced.yaml"]);
    const { $schema, properties } = JSON.parse(stdout);
    expect($schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(Object.keys(properties)).toEqual(["$schema", "name", "imports", "vars", "plugins", "monitor"]);
  });

  it("writes it to a file, in a new directory if need be", async () => {
    const directory = await mkdtemp(join(tmpdir(), "llmspell-"));
    try {
      const path = join(directory, "new/schema.json");
      const { code, stdout } = await llmspell(["schema", "-c", "balanced.yaml", "--output", path]);
      expect(stdout).toBe("");
      expect(JSON.parse(await readFile(path, "utf8")).title).toBe("llmspell configuration");
      expect(code).toBe(0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

it("a reader that has seen enough is no failure", () => {
  const command = `"${process.execPath}" ${COMMAND.join(" ")} schema | head -c 10; echo " \${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: FIXTURES, encoding: "utf8", timeout: 15_000 });
  expect(stdout).toMatch(/^\{\n {2}"\$sche 0\n$/);
  expect(stderr).toBe("");
});

describe("llmspell print-config", () => {
  it("prints the configuration with its defaults, and names secrets instead of showing them", async () => {
    const { stdout } = await llmspell(["print-config", "-c", "failing.yaml"], { env: { FEED_URL } });
    expect(stdout).toBe(`name: failing
plugins:
  - ./rig.ts
rig:
  sourceFailure: "[redacted:FEED_URL]"
  logs: "[redacted:FEED_URL]"
  events: 3
  lost: 0
  completes: true
  drains: true
  startDelay: 0
`);
  });

  it("prints the same as JSON", async () => {
    const { stdout } = await llmspell(["print-config", "--json", "-c", "rig.yaml"]);
    expect(JSON.parse(stdout)).toEqual({
      name: "rigged",
      plugins: ["./rig.ts"],
      rig: { events: 3, lost: 0, completes: true, drains: true, startDelay: 0 },
    });
  });
});
