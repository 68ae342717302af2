import { checkConfig } from "@llmspell/kernel";
import { describe, expect, it } from "vitest";
import { configuredPoints } from "./configured-points.ts";
import { hookLines } from "./hook-list.ts";

const PLUGINS = [
  "@llmspell/hooks",
  "@llmspell/agents",
  "@llmspell/plugin-hook-strategies",
  "@llmspell/plugin-hook-guards",
];
const directory = import.meta.dirname;

async function pointsOf(hooks: object, environment: Readonly<Record<string, string>> = {}) {
  return configuredPoints(
    await checkConfig({ config: { plugins: PLUGINS, hooks }, directory }, { environment }),
    directory,
  );
}

describe("configuredPoints", () => {
  it("fills in every default of a hook that says nothing", async () => {
    const [before, after] = await pointsOf({
      points: { before_llm_call: [{ id: "a", use: "redact" }], after_llm_call: [{ id: "b", use: "redact" }] },
    });
    const shared = {
      use: "redact",
      mode: "synchronous",
      group: null,
      priority: 0,
      level: 0,
      dependsOn: [],
      condition: null,
      required: false,
      expectedDuration: null,
      minDuration: null,
      timeout: null,
      cache: null,
      breaker: null,
      retry: { maxAttempts: 3, backoff: "100ms", maxBackoff: "10s" },
    };
    expect(before).toMatchObject({ strategy: "sequential", deadline: null, onConflict: "error" });
    expect(before?.hooks).toEqual([{ id: "a", ...shared, onError: "fail", stream: null }]);
    expect(after?.hooks).toEqual([{ id: "b", ...shared, onError: "skip", stream: "buffer" }]);
  });

  it("lets a background hook audit streams, and ask for no retry", async () => {
    const [point] = await pointsOf({ points: { after_llm_call: [{ id: "a", use: "cost", mode: "background" }] } });
    expect(point?.hooks[0]).toMatchObject({ stream: "audit", retry: null });
  });

  it("works out what a breaker does from what the hook says", async () => {
    const entry = { id: "a", use: "redact", expectedDuration: "5ms", breaker: { threshold: 0.2 } };
    const [point] = await pointsOf({ points: { after_llm_call: [entry] } });
    expect(point?.hooks[0]?.breaker).toEqual({
      threshold: 0.2,
      window: "10s",
      minimumCalls: 10,
      openDuration: "30s",
      halfOpenCalls: 3,
      whenOpen: "skip",
      slowCallDuration: "10ms",
    });
  });

  it("puts what a point says for itself before what holds for all", async () => {
    const points = { before_llm_call: [], after_llm_call: [] };
    const own = { strategy: "parallel", deadline: "2s", onConflict: "last" };
    const listed = await pointsOf({ points, onConflict: "first", pointOptions: { after_llm_call: own } });
    expect(listed).toMatchObject([
      { point: "before_llm_call", strategy: "sequential", deadline: null, onConflict: "first" },
      { point: "after_llm_call", ...own },
    ]);
  });

  it("plans by the value of what came from the environment, and shows its name", async () => {
    const entries = [
      { id: "a", use: "redact", expectedDuration: "${A}" },
      { id: "b", use: "redact", priority: 5 },
    ];
    const [point] = await pointsOf({ points: { before_llm_call: entries } }, { A: "25ms" });
    expect(point?.plan.estimatedDuration).toBe(25);
    expect(point?.hooks.map(({ id, expectedDuration }) => [id, expectedDuration])).toEqual([
      ["b", null],
      ["a", "[redacted:A]"],
    ]);
  });
});

describe("hookLines", () => {
  const hooks = {
    points: {
      before_llm_call: [
        {
          id: "enrich",
          use: "redact",
          mode: "conditional",
          condition: "has(context.data.repo)",
          dependsOn: ["a", "b"],
        },
        { id: "a", use: "redact", mode: "parallel", group: "guards", expectedDuration: "4ms", timeout: "1s" },
        {
          id: "b",
          use: "prompt_injection",
          mode: "parallel",
          group: "guards",
          required: true,
          expectedDuration: "6ms",
        },
      ],
      after_llm_call: [{ id: "cost", use: "cost", mode: "background", expectedDuration: "1ms" }],
      before_tool_call: [],
    },
  };

  it("has a row for each hook in plan order, and below it what only some hooks have", async () => {
    expect(hookLines(await pointsOf(hooks), Number.POSITIVE_INFINITY).join("\n")).toBe(
      `id        use               mode             priority  onError  expected  dependsOn
before_llm_call: strategy sequential, no deadline, onConflict error
  expected 10ms in all, 6ms on the critical path: b → enrich
  a       redact            parallel guards         0  fail          4ms
    timeout 1s
  b       prompt_injection  parallel guards         0  fail          6ms
    required
  enrich  redact            conditional             0  fail               a, b
    condition: has(context.data.repo)
after_llm_call: strategy sequential, no deadline, onConflict error
  no awaited hook has an expectedDuration
  cost    cost              background              0  skip          1ms
    stream audit
before_tool_call: strategy sequential, no deadline, onConflict error
  no hooks`,
    );
  });

  it("stays within the width where words allow it", async () => {
    const lines = hookLines(await pointsOf(hooks), 80);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines).toContain("  a       redact            parallel             0  fail          4ms");
    expect(lines).toContain("                            guards");
  });
});
