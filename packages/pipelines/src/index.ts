export type { Cancellation } from "@llmspell/agents";
export { pipelineErrors } from "./errors.ts";
export type { SourceContract, StepContract } from "./generated/options.ts";
export { Pipeline, type PipelineDependencies, type PipelineRun, type PipelineRunOptions } from "./pipeline.ts";
export { PipelineRunner, type PipelineRunnerDependencies, type PipelineRunnerOptions } from "./pipeline-runner.ts";
export { default } from "./plugin.ts";
export type {
  AgentStep,
  EmitStep,
  HooksStep,
  InvalidateStep,
  PipelineOptions,
  PipelineStep,
  PipelinesSection,
  SinksSection,
  SourceOptions,
  SourcesSection,
  ToolStep,
  UseStep,
  WriteStep,
} from "./section.ts";
export type { Sink, SinkContext } from "./sink.ts";
export type { Source, SourceContext } from "./source.ts";
export type {
  FlowStats,
  PipelineRunnerStats,
  PipelineStats,
  SinkStats,
  SourceState,
  SourceStats,
  StepStats,
} from "./stats.ts";
export type { PipelineEvent, Step, StepContext, StepScope } from "./step.ts";
export type { AgentDirectory, EmitStepResult, StepParts } from "./step-actions.ts";
