import { join } from "node:path";
import { HookManager, type HookRun, type HookStatistics, type RunRequest } from "@llmspell/hooks";
import { InputCache, ResultCache } from "@llmspell/plugin-hook-caches";
import { AdaptiveStrategy } from "@llmspell/plugin-hook-strategies";
import { VirtualClock } from "@llmspell/testkit";
import { createRuntime } from "llmspell";
import { describe, expect, it } from "vitest";
import { CollectMetrics } from "./hooks/collect-metrics.ts";
import { PreprocessContext } from "./hooks/preprocess-context.ts";
import { ValidateInput } from "./hooks/validate-input.ts";

/*
 * The example of "Efficient Hook Execution Patterns": light validation before an LLM call, expensive preprocessing where
 * it is asked for, metrics collected in the background afterwards. From YAML and from TypeScript it does the same.
 */

const CONFIG = join(import.meta.dirname, "hooks/config.yaml");

interface Opened {
  readonly hooks: HookManager;
  readonly close: () => Promise<void>;
}

async function fromYaml(clock: VirtualClock): Promise<Opened> {
  const runtime = await createRuntime(CONFIG, { clock });
  await runtime.start();
  return { hooks: runtime.hooks, close: () => runtime.stop() };
}

async function fromTypeScript(clock: VirtualClock): Promise<Opened> {
  const hooks = new HookManager({}, { clock, strategy: new AdaptiveStrategy({ budget: 200 }) });
  const validation = new ValidateInput();
  hooks.register("before_llm_call", {
    id: "validate_input",
    handler: (context) => validation.handle(context),
    figures: () => validation.figures(),
    priority: 100,
    mode: "parallel",
    required: true,
    expectedDuration: 5,
    cache: { policy: new InputCache({ ttl: "1m" }), key: ["input"] },
  });
  const preprocessing = new PreprocessContext();
  hooks.register("before_llm_call", {
    id: "preprocess_context",
    handler: (context) => preprocessing.handle(context),
    figures: () => preprocessing.figures(),
    priority: 50,
    mode: "conditional",
    condition: ({ data }) => data["requiresPreprocessing"] === true,
    expectedDuration: 50,
    cache: {
      policy: new ResultCache({ ttl: "5m", invalidationKeys: ["document:{{ context.data.document }}"] }),
      key: ["input", "data.document"],
    },
  });
  const metrics = new CollectMetrics();
  hooks.register("after_llm_call", {
    id: "collect_metrics",
    handler: (context) => metrics.handle(context),
    figures: () => metrics.figures(),
    priority: 10,
    mode: "background",
    expectedDuration: 20,
  });
  return { hooks, close: () => hooks[Symbol.asyncDispose]() };
}

const QUESTION = "What does it say about leases?";
const DOCUMENT = { requiresPreprocessing: true, document: "manual", pages: 5 };

/** What became of each hook: `validate_input: continued, cached`. */
function outcomes({ report }: HookRun): readonly string[] {
  return report.map((entry) => {
    const note = "reason" in entry ? `, ${entry.reason}` : "isCached" in entry ? ", cached" : "";
    return `${entry.hook}: ${entry.outcome}${note}`;
  });
}

describe.each([
  ["YAML", fromYaml],
  ["TypeScript", fromTypeScript],
])("the hooks of the seed's example, from %s", (_, open) => {
  async function setUp() {
    const clock = new VirtualClock();
    const { hooks, close } = await open(clock);
    const before = (request: RunRequest) => clock.runUntil(Promise.resolve(hooks.run("before_llm_call", request)));
    const statsOf = (id: string): HookStatistics | undefined =>
      hooks
        .stats()
        .flatMap((point) => point.hooks)
        .find((hook) => hook.id === id);
    return { clock, hooks, before, statsOf, [Symbol.asyncDispose]: close };
  }

  it("validate first, then preprocess what asks for it", async () => {
    await using desk = await setUp();
    const run = await desk.before({ input: QUESTION, data: DOCUMENT });
    expect(run).toMatchObject({ status: "completed", data: { context: { document: "manual on 5 pages" } } });
    expect(outcomes(run)).toEqual(["validate_input: continued", "preprocess_context: modified"]);
    expect(desk.clock.now()).toBe(55);
  });

  it("leave out what nobody asks for", async () => {
    await using desk = await setUp();
    const run = await desk.before({ input: QUESTION, data: { pages: 5 } });
    expect(outcomes(run)).toEqual(["validate_input: continued", "preprocess_context: skipped, condition"]);
    expect(desk.clock.now()).toBe(5);
  });

  it("stop an input that is not valid, each time, before it costs more", async () => {
    await using desk = await setUp();
    for (let attempt = 1; attempt <= 2; attempt++) {
      const run = await desk.before({ input: "", data: DOCUMENT });
      expect(run).toMatchObject({ status: "cancelled", hook: "validate_input" });
      expect(outcomes(run)).toEqual(["validate_input: cancelled", "preprocess_context: skipped, run_ended"]);
      expect(desk.clock.now()).toBe(attempt * 5);
    }
    expect(desk.statsOf("preprocess_context")?.figures).toEqual({ calls: 0 });
  });

  it("use answers again, until what they were made from has changed", async () => {
    await using desk = await setUp();
    const first = await desk.before({ input: QUESTION, data: DOCUMENT });
    const second = await desk.before({ input: QUESTION, data: DOCUMENT });
    expect(second.data).toEqual(first.data);
    expect(outcomes(second)).toEqual(["validate_input: continued, cached", "preprocess_context: modified, cached"]);
    expect(desk.clock.now()).toBe(55);

    expect(desk.hooks.invalidate("document:manual")).toBe(1);
    const third = await desk.before({ input: QUESTION, data: { ...DOCUMENT, pages: 6 } });
    expect(third.data).toMatchObject({ context: { document: "manual on 6 pages" } });
    expect(outcomes(third)).toEqual(["validate_input: continued, cached", "preprocess_context: modified"]);
    expect(desk.clock.now()).toBe(115);
    expect(desk.statsOf("validate_input")?.cache).toMatchObject({ hits: 2, misses: 1 });
  });

  it("collect metrics in the background, which nobody waits for", async () => {
    await using desk = await setUp();
    const run = desk.hooks.run("after_llm_call", { data: { text: "It says a lot." } });
    expect(run).toMatchObject({ status: "completed", report: [{ hook: "collect_metrics", outcome: "started" }] });
    expect(desk.clock.now()).toBe(0);
    expect(desk.statsOf("collect_metrics")).toMatchObject({ pending: 1, figures: { words: 0 } });
    await desk.clock.runUntil(desk.hooks.drain());
    expect(desk.clock.now()).toBe(20);
    expect(desk.statsOf("collect_metrics")).toMatchObject({ pending: 0, continued: 1, figures: { words: 4 } });
  });

  it("keep to 200 ms: preprocessing that takes longer is given up, validation never", async () => {
    await using desk = await setUp();
    const run = await desk.before({ input: QUESTION, data: { ...DOCUMENT, pages: 30 } });
    expect(run).toMatchObject({ status: "completed" });
    expect(run.data).not.toHaveProperty("context");
    expect(outcomes(run)).toEqual(["validate_input: continued", "preprocess_context: skipped, budget"]);
    expect(desk.clock.now()).toBe(200);
  });

  it("are planned as the example describes them", async () => {
    await using desk = await setUp();
    const plan = desk.hooks.plan("before_llm_call");
    expect(plan?.hooks.map(({ id, mode, priority }) => [id, mode, priority])).toEqual([
      ["validate_input", "parallel", 100],
      ["preprocess_context", "conditional", 50],
    ]);
    expect(plan?.groups.map(({ hooks }) => hooks.map(({ id }) => id))).toEqual([["validate_input"]]);
    expect(plan?.estimatedDuration).toBe(55);
    expect(desk.hooks.plan("after_llm_call")?.estimatedDuration).toBe(0);
  });
});

it("an agent's calls pass through them", async () => {
  const clock = new VirtualClock();
  await using runtime = await createRuntime(CONFIG, { clock });
  await runtime.start();
  const agent = runtime.agents.get("assistant");
  const { text } = await clock.runUntil(agent.chat("A lease ends after an hour. It can be renewed."));
  expect(text).not.toBe("");
  await expect(clock.runUntil(agent.chat("x".repeat(201)))).rejects.toMatchObject({
    code: "LLMSPELL_E_AGENT_CANCELLED",
    cancellation: { hook: "validate_input", point: "before_llm_call" },
  });
  await clock.runUntil(runtime.hooks.drain());
  const hooks = runtime.hooks.stats().flatMap((point) => point.hooks);
  expect(hooks.map(({ id, count, figures }) => [id, count, figures])).toEqual([
    ["validate_input", 2, { calls: 2 }],
    ["preprocess_context", 2, { calls: 0 }],
    ["collect_metrics", 1, { words: text.split(" ").length }],
  ]);
});
