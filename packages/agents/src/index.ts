export type { ChatOptions, ChatResult, CompletedToolCall, FinishReason, RequestedToolCall, TokenUsage } from "./chat.ts";
export { agentErrors } from "./errors.ts";
export type { AgentSection, AgentsSection } from "./generated/options.ts";
export type { Provider } from "./provider.ts";
