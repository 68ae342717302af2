import type { Use } from "@llmspell/kernel";
import type { SourceContract, StepContract } from "./generated/options.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";
import type { Step } from "./step.ts";

/** Calls a tool through its pool; the result is the tool's output. */
export interface ToolStep extends StepContract {
  readonly tool: string;
  /** Any value whose strings are templates; the event's data when left out. */
  readonly input?: unknown;
}

/** Asks an agent; the result is its answer (`ChatResult`). */
export interface AgentStep extends StepContract {
  readonly agent: string;
  /** Any value whose strings are templates; the event's data when left out. What is no text is given as JSON. */
  readonly input?: unknown;
  /** Template of the conversation's name. */
  readonly session?: string;
}

/** Runs the hooks of a point on `{ pipeline, event, steps }`. */
export interface HooksStep extends StepContract {
  readonly hooks: string;
}

/** Emits a further event; the result is `EmitStepResult`. */
export interface EmitStep extends StepContract {
  /** Template of the event's type. */
  readonly emit: string;
  /** Any value whose strings are templates; the event's data when left out. */
  readonly data?: unknown;
  /** Template of the event's key; the key of the event that is handled when left out. */
  readonly key?: string;
}

/** Writes a record to a sink; has no result. */
export interface WriteStep extends StepContract {
  readonly write: string;
  /** Any value whose strings are templates; the event when left out. */
  readonly data?: unknown;
}

/** Forgets kept answers of hooks by their invalidation keys; the result is how many. */
export interface InvalidateStep extends StepContract {
  /** Templates of the keys. */
  readonly invalidate: string | readonly string[];
}

/** A step of another plugin; in code, `use` may be the step itself. */
export interface UseStep extends StepContract {
  readonly use: string | Step;
  readonly [option: string]: unknown;
}

export type PipelineStep = ToolStep | AgentStep | HooksStep | EmitStep | WriteStep | InvalidateStep | UseStep;

/** One pipeline of the section `pipelines`. */
export interface PipelineOptions {
  /** The channels whose events it takes. */
  readonly on: string | readonly string[];
  /** How many events of each channel it takes at a time; 1 when left out. */
  readonly replicas?: number;
  readonly steps: readonly PipelineStep[];
  /** What is done instead of the remaining steps when a hook has cancelled the event. */
  readonly onCancel?: readonly PipelineStep[];
}

/** One source of the section `sources`; in code, `use` may be the source itself. */
export interface SourceOptions extends SourceContract {
  readonly use: string | Source;
  readonly [option: string]: unknown;
}

export type PipelinesSection = Readonly<Record<string, PipelineOptions>>;
export type SourcesSection = Readonly<Record<string, SourceOptions>>;
/** The section `sinks`; in code, a sink may be given itself. */
export type SinksSection = Readonly<Record<string, Use | Sink>>;

declare module "@llmspell/kernel" {
  interface Sections {
    pipelines: PipelinesSection;
    sources: SourcesSection;
    sinks: Readonly<Record<string, Use>>;
  }
}
