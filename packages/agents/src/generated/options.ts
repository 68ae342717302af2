// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";

/**
 * The agents, by name.
 */
export interface AgentsSection {
  [k: string]: AgentSection;
}
export interface AgentSection {
  /**
   * Gives the language model that the agent asks.
   */
  provider: Use;
  /**
   * What the model is told before the conversation: its part and its rules.
   */
  systemPrompt?: string;
  /**
   * The tool pools that the model may call, by name.
   */
  tools?: string[];
  /**
   * LLM calls in one chat at most. When the last of them still asks for tools, these are not called and the chat ends.
   */
  maxSteps?: number;
  /**
   * Tokens that one LLM call may produce; the provider's own limit unless given.
   */
  maxOutputTokens?: number;
  /**
   * How freely the model chooses its words; its range is the provider's. The provider's own default unless given.
   */
  temperature?: number;
  /**
   * How long one chat may take, with all its LLM and tool calls.
   */
  timeout?: Duration;
  /**
   * How often a failed LLM call is tried again where the provider calls the failure passing (429, 5xx, no connection); with exponential backoff from 2s, or as long as the provider asks.
   */
  maxRetries?: number;
  /**
   * What is remembered of the chats of a session, in memory.
   */
  history?: {
    /**
     * Messages kept of a session; a question and its answer are two. The oldest pair goes first.
     */
    maxMessages?: number;
    /**
     * Sessions kept; the one that was not used for longest goes first.
     */
    maxSessions?: number;
  };
}

export const agentSectionDefaults = {
  "tools": [],
  "maxSteps": 8,
  "timeout": "2m",
  "maxRetries": 2,
  "history": {
    "maxMessages": 20,
    "maxSessions": 1000
  }
} as const;
