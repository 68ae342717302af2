import { describe, expect, it } from "vitest";
import { llmspell } from "./llmspell.ts";

describe("llmspell list --hooks", () => {
  it("lists hooks in plan order as they take effect, without running their code", async () => {
    const { code, stdout, stderr } = await llmspell(["list", "--hooks", "-c", "hooks.yaml"]);
    expect(stderr).toBe("");
    expect(stdout).toBe(`id       use               mode             priority  onError  expected  dependsOn
before_llm_call: strategy parallel, deadline 2s, onConflict last
  expected 30ms in all, 20ms on the critical path: b → last
  a      redact            parallel guards         5  fail         10ms
    required, timeout 1s
  b      ./nothing.ts      parallel guards         0  fail         20ms
    breaker: { threshold: 0.25, window: 10s, minimumCalls: 10, openDuration: 30s, halfOpenCalls: 3, whenOpen: fail, slowCallDuration: 40ms }
  last   ./nothing.ts      synchronous             0  fail               a, b
    condition: context.data.x == "<b>" && context.data.y.startsWith("\`")
    retry: { maxAttempts: 5, backoff: 100ms, maxBackoff: 10s }
  c      prompt_injection  parallel                0  skip
    minDuration 1ms
  watch  cost              background              0  fail               c
after_llm_call: strategy sequential, no deadline, onConflict error
  no awaited hook has an expectedDuration
  end    ./nothing.ts      synchronous             0  skip
    stream window
after_pipeline: strategy sequential, no deadline, onConflict error
  no hooks
`);
    expect(code).toBe(0);
  });

  it("prints the same as JSON", async () => {
    const { stdout } = await llmspell(["list", "--hooks", "--json", "-c", "hooks.yaml"], {
      env: { B_DURATION: "80ms" },
    });
    const { points } = JSON.parse(stdout);
    expect(points.map(({ point }: { point: string }) => point)).toEqual([
      "before_llm_call",
      "after_llm_call",
      "after_pipeline",
    ]);
    const { hooks, ...settings } = points[0];
    expect(settings).toEqual({
      point: "before_llm_call",
      strategy: "parallel",
      deadline: "2s",
      onConflict: "last",
      estimatedDuration: "90ms",
      criticalPath: { hooks: ["b", "last"], duration: "80ms" },
    });
    expect(hooks[1]).toEqual({
      id: "b",
      use: "./nothing.ts",
      mode: "parallel",
      group: "guards",
      priority: 0,
      level: 0,
      dependsOn: [],
      condition: null,
      required: false,
      onError: "fail",
      expectedDuration: "[redacted:B_DURATION]",
      minDuration: null,
      timeout: null,
      cache: null,
      breaker: {
        threshold: 0.25,
        window: "10s",
        minimumCalls: 10,
        openDuration: "30s",
        halfOpenCalls: 3,
        whenOpen: "fail",
        slowCallDuration: "160ms",
      },
      retry: { maxAttempts: 3, backoff: "100ms", maxBackoff: "10s" },
      stream: null,
    });
  });

  it("says so where no hooks are configured", async () => {
    const { code, stdout } = await llmspell(["list", "--hooks", "-c", "balanced.yaml"]);
    expect(stdout).toBe("No hooks are configured.\n");
    expect(code).toBe(0);
  });

  it("needs a configuration, and no kind", async () => {
    const { code, stderr } = await llmspell(["list", "--hooks", "-c", "nowhere.yaml"]);
    expect(stderr).toContain("LLMSPELL_E_CONFIG_NOT_FOUND");
    expect(code).toBe(78);
    const wrong = await llmspell(["list", "--hooks", "--kind", "hook", "-c", "hooks.yaml"]);
    expect(wrong.stderr).toContain("'--hooks' cannot be used with option '--kind <kind>'");
    expect(wrong.code).toBe(2);
  });
});

describe("llmspell graph --hooks", () => {
  it.each([
    [
      "mermaid",
      "flowchart LR\n  subgraph point_before_llm_call[",
      "hook_before_llm_call_b ==> hook_before_llm_call_last",
    ],
    ["dot", "digraph hooks {\n", "hook_before_llm_call_b -> hook_before_llm_call_last [penwidth=3];"],
  ])("draws the plans in %s, without running the hooks' code", async (format, beginning, critical) => {
    const { code, stdout, stderr } = await llmspell(["graph", "--hooks", "--format", format, "-c", "hooks.yaml"]);
    expect(stderr).toBe("");
    expect(stdout.startsWith(beginning)).toBe(true);
    expect(stdout).toContain(critical);
    expect(code).toBe(0);
  });
});
