// What warm-ups save the first caller of a tool that reads texts; each pass is a new process, so nothing is loaded before.
import type { Comparison } from "../comparison.ts";

const TEXT =
  "The importer crashes when a spreadsheet has an empty column. We saw this on March 3rd 2024 and lost $500 of work. ".repeat(
    13,
  );

interface TextModule {
  readonly default: (request: { readonly text: string }) => Promise<unknown>;
  readonly warmUps: Readonly<Record<string, () => Promise<void>>>;
}

/** Milliseconds that the first call takes, on 1,500 characters, after warm-ups. */
async function firstCall(tool: "analyzerModule" | "summarizerModule", ...tasks: readonly string[]): Promise<number> {
  const { [tool]: module } = await import("@llmspell/plugin-tools-text");
  const { default: execute, warmUps }: TextModule = await import(module.href);
  for (const task of tasks) await warmUps[task]?.();
  const start = performance.now();
  await execute({ text: TEXT });
  return performance.now() - start;
}

const both = ["load_model", "initialize_tokenizer"];

export const comparisons: readonly Comparison[] = [
  {
    name: "first call of document_analyzer, after both warm-ups",
    unit: "ms",
    peerName: "without",
    ours: () => firstCall("analyzerModule", ...both),
    peer: () => firstCall("analyzerModule"),
    goal: { text: "<= 0.1 x peer", isMet: (ours, peer) => ours <= 0.1 * peer },
  },
  {
    name: "first call of document_analyzer, after both warm-ups",
    unit: "ms",
    peerName: "after load_model alone",
    ours: () => firstCall("analyzerModule", ...both),
    peer: () => firstCall("analyzerModule", "load_model"),
    goal: { text: "<= 0.8 x peer", isMet: (ours, peer) => ours <= 0.8 * peer },
  },
  {
    name: "first call of summarizer, after both warm-ups",
    unit: "ms",
    peerName: "without",
    ours: () => firstCall("summarizerModule", ...both),
    peer: () => firstCall("summarizerModule"),
    goal: { text: "<= 0.1 x peer", isMet: (ours, peer) => ours <= 0.1 * peer },
  },
];
