import type { FinishReason as ModelFinishReason } from "ai";

/** How one chat is made. */
export interface ChatOptions {
  /**
   * The conversation that this chat belongs to: earlier questions and answers of the same session go to the model too.
   * Chats of one session run one after the other, in the order they were asked. None unless given.
   */
  readonly session?: string | undefined;
  /** Gives the chat up; it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What hooks see as `HookContext.scope`; one of the chat's own unless given. */
  readonly scope?: object | undefined;
}

/** Tokens, as the provider counts them; 0 where it does not say. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
}

/**
 * Why a chat, or one LLM call of it, ended: the AI SDK's reasons, and two of the agent's own.
 *
 * - `max-steps`: the last allowed LLM call still asked for tools, which were not called.
 * - `replaced`: a hook gave the answer.
 */
export type FinishReason = ModelFinishReason | "max-steps" | "replaced";

/** A tool call that the model asked for. */
export interface RequestedToolCall {
  /** The model's own name for the call. */
  readonly id: string;
  readonly pool: string;
  readonly input: unknown;
}

/** A tool call that was made. The model was told the output, or else the problem. */
export type CompletedToolCall = RequestedToolCall &
  (
    | { readonly outcome: "done"; readonly output: unknown }
    | { readonly outcome: "failed" | "cancelled"; readonly problem: string }
  );

/** What came of a chat. */
export interface ChatResult {
  /** The answer; empty where the model gave none. */
  readonly text: string;
  /** Of all LLM calls of the chat together. */
  readonly usage: TokenUsage;
  /** How many LLM calls were made. */
  readonly steps: number;
  /** In the order the model asked for them. */
  readonly toolCalls: readonly CompletedToolCall[];
  readonly finishReason: FinishReason;
  readonly model: string;
}
