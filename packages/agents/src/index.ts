export { Agent, type AgentDependencies, type AgentOptions } from "./agent.ts";
export type { AgentStats } from "./agent-counters.ts";
export { AgentRegistry } from "./agent-registry.ts";
export { callTool, type ToolCaller } from "./call-tool.ts";
export type {
  ChatOptions,
  ChatResult,
  CompletedToolCall,
  FinishReason,
  RequestedToolCall,
  TokenUsage,
} from "./chat.ts";
export { agentErrors } from "./errors.ts";
export type { AgentSection, AgentsSection } from "./generated/options.ts";
export { type Cancellation, type CancelledError, type HookPoints, isCancelled } from "./hook-passage.ts";
export { default } from "./plugin.ts";
export type { Provider, Unavailability } from "./provider.ts";
