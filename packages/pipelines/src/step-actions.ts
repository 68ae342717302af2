import { type ChatOptions, callTool } from "@llmspell/agents";
import type { Clock } from "@llmspell/base";
import type { EmitResult, EventBus, RouteOutcome } from "@llmspell/events";
import { compileText, textOf } from "@llmspell/expressions";
import type { HookManager } from "@llmspell/hooks";
import type { Use } from "@llmspell/kernel";
import type { ToolExecutionPool } from "@llmspell/tools";
import { compileData } from "./data-template.ts";
import { pipelineErrors } from "./errors.ts";
import { agentStepDefaults, emitStepDefaults, toolStepDefaults, writeStepDefaults } from "./generated/options.ts";
import { passHooks } from "./hook-passage.ts";
import { type RunScope, SCOPE_VARIABLES } from "./run-scope.ts";
import type {
  AgentStep,
  EmitStep,
  HooksStep,
  InvalidateStep,
  PipelineStep,
  ToolStep,
  UseStep,
  WriteStep,
} from "./section.ts";
import type { Sink } from "./sink.ts";
import type { Step, StepContext } from "./step.ts";

/** The agents that `agent` steps ask. */
export interface AgentDirectory {
  get(name: string): { chat(input: string, options?: ChatOptions): Promise<unknown> };
}

/** What the steps of a pipeline work on; a step whose part is missing cannot be built. */
export interface StepParts {
  readonly bus?: Pick<EventBus, "enqueue"> | undefined;
  readonly hooks?: Pick<HookManager, "run" | "invalidate"> | undefined;
  readonly tools?: Pick<ToolExecutionPool, "execute"> | undefined;
  readonly agents?: AgentDirectory | undefined;
  /** By name. */
  readonly sinks?: Readonly<Record<string, Pick<Sink, "write">>> | undefined;
  /** Creates the steps that `use` names. */
  readonly createStep?: ((use: Use, owner: string) => Step) | undefined;
}

/** What comes of an event that a step emits. */
export interface EmitStepResult {
  /** The event's place in the order of emission. */
  readonly sequence: number;
  /** Refusals are no result: they fail the step. */
  readonly outcome: "routed" | "unrouted" | "no_subscribers";
}

/** What a step changes: its result, and for hooks the scope. */
export interface StepEffect {
  readonly result?: unknown;
  readonly patched?: Pick<RunScope, "event" | "steps"> | undefined;
}

/** What a step does, compiled. */
export type StepAction = (scope: Readonly<RunScope>, context: StepContext) => StepEffect | Promise<StepEffect>;

interface ActionSite {
  readonly pipeline: string;
  /** Those that the pipeline takes its events from. */
  readonly channels: readonly string[];
  readonly parts: StepParts;
  readonly clock: Clock;
}

/**
 * Compiles what a step of the pipelines' own does.
 *
 * @throws LLMSPELL_E_PIPELINE_OPTIONS when it needs a part that is not there; LLMSPELL_E_TEMPLATE
 */
export function compileAction(step: Exclude<PipelineStep, UseStep>, site: ActionSite): StepAction {
  if ("tool" in step) return toolAction(step, site);
  if ("agent" in step) return agentAction(step, site);
  if ("hooks" in step) return hooksAction(step, site);
  if ("emit" in step) return emitAction(step, site);
  if ("invalidate" in step) return invalidateAction(step, site);
  return writeAction(step, site);
}

function toolAction(
  { tool, input = toolStepDefaults.input }: ToolStep,
  { pipeline, parts, clock }: ActionSite,
): StepAction {
  const tools = needed(parts.tools, `calls the tool pool \`${tool}\`, but there are no tools`, pipeline);
  const caller = { tools, hooks: parts.hooks, clock };
  const render = compileData(input, SCOPE_VARIABLES);
  return async (scope, { signal }) => {
    const request = { pool: tool, input: render(scope) };
    return { result: await callTool(request, caller, { signal, key: scope.event.key, scope }) };
  };
}

function agentAction({ agent, input, session }: AgentStep, { pipeline, parts }: ActionSite): StepAction {
  const agents = needed(parts.agents, `asks the agent \`${agent}\`, but there are no agents`, pipeline);
  const render = compileData(input ?? agentStepDefaults.input, SCOPE_VARIABLES);
  const sessionOf = session === undefined ? undefined : compileText(session, SCOPE_VARIABLES);
  return async (scope, { signal }) => {
    const options = { signal, session: sessionOf?.(scope) || undefined, scope };
    return { result: await agents.get(agent).chat(textOf(render(scope)), options) };
  };
}

function hooksAction({ hooks: point }: HooksStep, { pipeline, parts, clock }: ActionSite): StepAction {
  const hooks = needed(parts.hooks, `runs the hook point \`${point}\`, but there are no hooks`, pipeline);
  const site = { hooks, pipeline, clock };
  return (scope, { signal }) => passHooks(site, point, scope, signal);
}

function emitAction({ emit, data, key }: EmitStep, { pipeline, channels, parts }: ActionSite): StepAction {
  const bus = needed(parts.bus, `emits \`${emit}\`, but there is no event bus`, pipeline);
  const typeOf = compileText(emit, SCOPE_VARIABLES);
  const dataOf = compileData(data ?? emitStepDefaults.data, SCOPE_VARIABLES);
  const keyOf = key === undefined ? undefined : compileText(key, SCOPE_VARIABLES);
  return async (scope, { signal }) => {
    const { event } = scope;
    const input = {
      type: typeOf(scope),
      data: dataOf(scope),
      source: pipeline,
      subject: event.subject,
      key: keyOf === undefined ? event.key : keyOf(scope) || undefined,
    };
    // Not `emit`: waiting for the event to be handled would never end where it comes back to this pipeline. Nor would
    // waiting for room in a channel that only this pipeline empties.
    return { result: emitResultOf(await bus.enqueue(input, { signal, unawaited: channels }), input.type) };
  };
}

const REFUSALS: ReadonlySet<RouteOutcome> = new Set(["rate_limited", "breaker_open", "rejected"]);

function emitResultOf({ sequence, outcome, routes }: EmitResult, type: string): EmitStepResult {
  const refusals = routes.filter((route) => REFUSALS.has(route.outcome));
  if (outcome === "refused" || refusals.length > 0) {
    const details = refusals.map((route) => `${route.channel} (${route.outcome})`).join(", ");
    throw pipelineErrors.LLMSPELL_E_PIPELINE_EMIT_REFUSED({ type, refusals: details });
  }
  return { sequence, outcome };
}

function writeAction({ write, data }: WriteStep, { pipeline, parts }: ActionSite): StepAction {
  const sink = needed(parts.sinks?.[write], `writes to the sink \`${write}\`, which is not there`, pipeline);
  const recordOf = compileData(data ?? writeStepDefaults.data, SCOPE_VARIABLES);
  return async (scope, { signal }) => {
    await sink.write(recordOf(scope), { signal });
    return {};
  };
}

function invalidateAction({ invalidate }: InvalidateStep, { pipeline, parts }: ActionSite): StepAction {
  const hooks = needed(parts.hooks, "invalidates kept answers of hooks, but there are no hooks", pipeline);
  const keys = typeof invalidate === "string" ? [invalidate] : invalidate;
  const rendered = keys.map((key) => compileText(key, SCOPE_VARIABLES));
  return async (scope) => ({ result: rendered.reduce((sum, keyOf) => sum + hooks.invalidate(keyOf(scope)), 0) });
}

/** The action of a step that another plugin made. */
export function useAction(step: Step): StepAction {
  return async (scope, context) => ({ result: await step.run(scope, context) });
}

/**
 * The step that `use` names or is.
 *
 * @throws LLMSPELL_E_PIPELINE_IMPLEMENTATION; what creating it throws
 */
export function stepOf(options: UseStep, { pipeline, parts: { createStep } }: ActionSite): Step {
  const { use } = options;
  if (typeof use !== "string") return use;
  if (createStep !== undefined) return createStep({ ...options, use }, `pipeline ${pipeline}`);
  throw pipelineErrors.LLMSPELL_E_PIPELINE_IMPLEMENTATION({ kind: "step", name: use });
}

function needed<Part>(part: Part | undefined, problem: string, pipeline: string): Part {
  if (part !== undefined) return part;
  throw pipelineErrors.LLMSPELL_E_PIPELINE_OPTIONS({ pipeline, problem: `a step ${problem}` });
}
