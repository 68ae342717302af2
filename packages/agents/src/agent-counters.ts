import type { DurationSummary, Reading } from "@llmspell/base";
import { LatencyHistogram } from "@llmspell/resilience";
import type { TokenUsage } from "./chat.ts";

/** The figures of one agent so far. `chats` = `answered` + `cancelled` + `aborted` + `failed` + `pending`. */
export interface AgentStats extends TokenUsage {
  readonly chats: number;
  readonly answered: number;
  /** Stopped by a hook. */
  readonly cancelled: number;
  /** Given up by the caller, or by disposing the agent. */
  readonly aborted: number;
  readonly failed: number;
  readonly pending: number;
  /** What the AI SDK tried again counts once. */
  readonly llmCalls: number;
  /** Tool calls that the model asked for and that were done. */
  readonly toolCalls: number;
  /** Those that failed; the model was told. */
  readonly toolCallsFailed: number;
  /** Those that a hook cancelled; the model was told. */
  readonly toolCallsCancelled: number;
  readonly duration: DurationSummary;
}

/** Counts what an agent does; plain numbers that its own code writes. */
export class AgentCounters {
  chats = 0;
  answered = 0;
  cancelled = 0;
  aborted = 0;
  failed = 0;
  llmCalls = 0;
  inputTokens = 0;
  outputTokens = 0;
  totalTokens = 0;
  readonly toolCalls = { done: 0, failed: 0, cancelled: 0 };
  readonly duration = new LatencyHistogram();

  summary(): AgentStats {
    const { chats, answered, cancelled, aborted, failed, llmCalls, inputTokens, outputTokens, totalTokens } = this;
    const pending = chats - answered - cancelled - aborted - failed;
    return {
      chats,
      answered,
      cancelled,
      aborted,
      failed,
      pending,
      llmCalls,
      inputTokens,
      outputTokens,
      totalTokens,
      toolCalls: this.toolCalls.done,
      toolCallsFailed: this.toolCalls.failed,
      toolCallsCancelled: this.toolCalls.cancelled,
      duration: this.duration.summary(),
    };
  }
}

/** An agent's figures as a reading: shed are the chats that hooks cancelled or callers gave up. */
export function readAgent(name: string, stats: AgentStats): Reading {
  return {
    part: "agent",
    name,
    in: stats.chats,
    out: stats.answered,
    shed: stats.cancelled + stats.aborted,
    failed: stats.failed,
    pending: stats.pending,
    duration: stats.duration,
    details: {
      inputTokens: stats.inputTokens,
      outputTokens: stats.outputTokens,
      llmCalls: stats.llmCalls,
      toolCalls: stats.toolCalls,
      toolCallsFailed: stats.toolCallsFailed,
      toolCallsCancelled: stats.toolCallsCancelled,
      aborted: stats.aborted,
    },
  };
}
