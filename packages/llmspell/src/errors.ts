import { defineErrors } from "@llmspell/base";
import { formatCount } from "./figures.ts";
import type { PartCount } from "./run-summary.ts";

function listOf(parts: readonly PartCount[]): string {
  return parts.map(({ part, name, count }) => `${part} ${name}: ${formatCount(count)}`).join("; ");
}

export const commandErrors = defineErrors({
  LLMSPELL_E_RUNTIME_SECTION: {
    message: ({ section }: { section: string }) =>
      `The runtime has no ${section}: the configuration has no section \`${section}\`.`,
    hint: ({ section }: { section: string }) =>
      `Add \`${section}:\` to the configuration, and a plugin that owns it (the preset @llmspell/standard does).`,
  },
  LLMSPELL_E_RUNTIME_NOT_STARTED: {
    message: ({ section }: { section: string }) => `The runtime's ${section} cannot be used before start().`,
    hint: "Call `await runtime.start()` first: it builds every part.",
  },
  LLMSPELL_E_BUS_BATCHING: {
    message: ({ channel, priority }: { channel: string; priority: string }) =>
      `Channel ${channel} has batchingEnabled, but its priority is ${priority}: such events are handed out at once.`,
    hint: "Give it the priority `normal` or `low`, or leave batchingEnabled out; handlers get batches from `subscribeBatch`.",
  },
  LLMSPELL_E_RUN_UNBALANCED: {
    message: ({ parts }: { parts: readonly string[] }) => `Events are not accounted for: ${parts.join("; ")}.`,
    hint: "A part lost events without counting them, which is a fault of that part. Please report it.",
  },
  LLMSPELL_E_RUN_EVENTS_FAILED: {
    message: ({ parts }: { parts: readonly PartCount[] }) => `Events failed for good: ${listOf(parts)}.`,
    hint: "With `deadLetter` a channel passes on what fails, to be looked at; what failed and why is in the log.",
  },
  LLMSPELL_E_RUN_LEFT_BEHIND: {
    message: ({ parts }: { parts: readonly PartCount[] }) => `Events were left behind: ${listOf(parts)}.`,
    hint: "They were under way or waiting when the run ended, and no durable queue keeps them.",
  },
  LLMSPELL_E_LIST_KIND: {
    message: ({ kind }: { kind: string; known: readonly string[] }) => `There is no kind \`${kind}\`.`,
    hint: ({ known }: { kind: string; known: readonly string[] }) => `There is ${known.join(", ")}.`,
  },
  LLMSPELL_E_INIT_EXISTS: {
    message: ({ files, directory }: { files: readonly string[]; directory: string }) =>
      `In ${directory} there is already ${files.join(" and ")}; nothing was written.`,
    hint: "Choose another directory, or overwrite with --force.",
  },
  LLMSPELL_E_INIT_NO_TERMINAL: {
    message: () => "init asks questions, and its input is no terminal.",
    hint: "Take the answers from options: llmspell init --yes [--name NAME] [--provider PROVIDER]",
  },
  LLMSPELL_E_SIMULATE_TRACE: {
    message: ({ problem }: { problem: string }) => problem,
    hint: "Give a file that `llmspell run --record-trace FILE` wrote, or the name of a synthetic trace.",
  },
  LLMSPELL_E_SIMULATE_POOL: {
    message: ({ pool }: { pool: string; pools: readonly string[] }) => `The configuration has no tool pool "${pool}".`,
    hint: ({ pools }: { pool: string; pools: readonly string[] }) =>
      pools.length === 0 ? "It has none at all; leave --pool out." : `There is ${pools.join(", ")}.`,
  },
  LLMSPELL_E_SIMULATE_POLICY: {
    message: ({ policy, problem }: { policy: string; problem: string }) =>
      `The policy \`${policy}\` cannot be understood: ${problem}`,
    hint: "Write it as it would stand under `scaling`: --policy predictive, --policy '{ use: predictive, maxWait: 100ms }'.",
  },
  LLMSPELL_E_SIMULATE_PLOT: {
    message: ({ problem }: { problem: string }) => `The plot cannot be written: ${problem}`,
    hint: "Name a file in a directory that exists.",
  },
  LLMSPELL_E_RUN_TRACE: {
    message: ({ problem }: { problem: string }) => `The trace cannot be written: ${problem}`,
    hint: "Name a file in a directory that exists, on a disk with room.",
  },
});
