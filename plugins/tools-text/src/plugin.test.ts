import { Kernel } from "@llmspell/kernel";
import { ToolExecutionPool } from "@llmspell/tools";
import { expect, it } from "vitest";

const PLUGINS = [
  "resilience",
  "tools",
  "plugin-load-balancers",
  "plugin-tools-node",
  "plugin-tools-text",
  "plugin-warm-ups",
];

it("runs its tools in worker threads that are warmed up, with their options", async () => {
  const warmUp = ["load_model", "initialize_tokenizer"];
  const pools = {
    analyzer: { tool: { use: "document_analyzer", maxCharacters: 30 }, warmUp },
    summarizer: { tool: { use: "summarizer", maxCharacters: 60 }, warmUp },
  };
  await using kernel = new Kernel();
  const plugins = PLUGINS.map((name) => `@llmspell/${name}`);
  await kernel.load({ config: { plugins, tools: { pools } }, directory: import.meta.dirname });
  await kernel.start();
  const tools = kernel.service("tools");
  if (!(tools instanceof ToolExecutionPool)) throw new Error("The section tools offers no service.");
  const text = "The importer crashes. I hate that the importer loses my work, and my time!";
  const [analysis, summary] = await Promise.all(
    ["analyzer", "summarizer"].map((pool) => tools.execute({ pool, input: { text } })),
  );
  expect(analysis).toMatchObject({ language: "en", sentences: 2, truncated: true });
  expect(summary).toMatchObject({ summary: "The importer crashes.", sentenceCount: 2, truncated: true });
  await kernel.stop();
});
