import type * as pooling from "llmspell/tool-execution-pooling";

interface Nameable<Options, Made> {
  readonly new: (options: Options) => Made;
}

/** The names that the example does not define. */
export interface Names {
  readonly ToolExecutionPool: Nameable<pooling.ToolPoolingOptions, pooling.ToolExecutionPool>;
  readonly AdaptiveScalingPolicy: typeof pooling.AdaptiveScalingPolicy;
  readonly PredictiveScalingPolicy: typeof pooling.PredictiveScalingPolicy;
  readonly LoadBasedScalingPolicy: typeof pooling.LoadBasedScalingPolicy;
  readonly Agent: Nameable<AgentOptions, { chat(message: string): Promise<string> }>;
  readonly WebSearchTool: Nameable<void, string>;
  readonly DocumentAnalyzerTool: Nameable<void, string>;
  readonly SummarizerTool: Nameable<void, string>;
  readonly print: (...values: readonly unknown[]) => void;
}

export interface AgentOptions {
  readonly system_prompt: string;
  readonly tool_pool: pooling.ToolExecutionPool;
  /** The pools of these tools. */
  readonly tools: readonly string[];
}

export function runExample(names: Names): Promise<string>;
