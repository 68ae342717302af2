import { type Clock, messageOf, untilAborted } from "@llmspell/base";
import type { HookVerdict } from "@llmspell/hooks";
import type { PoolDescription } from "@llmspell/tools";
import type { ModelMessage, ToolResultPart } from "ai";
import type { AgentCounters } from "./agent-counters.ts";
import { callTool, type ToolCaller } from "./call-tool.ts";
import type { ChatResult, CompletedToolCall, FinishReason, RequestedToolCall, TokenUsage } from "./chat.ts";
import type { ChatScope } from "./chat-scope.ts";
import { asText, messagesFrom, problemPart, resultPart, textFrom, withText } from "./conversation.ts";
import { agentErrors } from "./errors.ts";
import { type HookPoints, isCancelled, type Passage, passHooks } from "./hook-passage.ts";
import type { LanguageModelCaller, ModelReply } from "./language-model-caller.ts";
import { ToolProblem } from "./tool-problem.ts";

/** What the chats of an agent have in common. */
export interface ChatSurroundings {
  readonly agent: string;
  readonly model: string;
  readonly maxSteps: number;
  readonly caller: LanguageModelCaller;
  readonly counters: AgentCounters;
  readonly hooks: HookPoints | undefined;
  readonly clock: Clock;
}

/** The tools of a chat: what the model is told of them, and what calls them. */
export interface ChatTools {
  readonly pools: readonly PoolDescription[];
  readonly caller: ToolCaller;
}

/** What a chat begins with. */
export interface ChatStart {
  readonly input: string;
  /** What comes before the input: the system prompt, and earlier turns. */
  readonly earlier: readonly ModelMessage[];
  /** What hooks see as `HookContext.scope`. */
  readonly hookScope: object;
  /** `undefined` when the agent has no tools. */
  readonly tools: ChatTools | undefined;
}

/** One question to the model, as it came and as it was answered. */
interface Step {
  readonly reply: ModelReply | undefined;
  readonly text: string;
  readonly finishReason: FinishReason;
}

/** One chat: asks the model, makes the tool calls that it asks for, tells it what came of them, until it has its answer. */
export class ChatRun {
  readonly #surroundings: ChatSurroundings;
  readonly #scope: ChatScope;
  readonly #start: ChatStart;
  readonly #toolCalls: CompletedToolCall[] = [];
  #messages: readonly ModelMessage[];
  #usage: TokenUsage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
  #steps = 0;

  constructor(surroundings: ChatSurroundings, scope: ChatScope, start: ChatStart) {
    this.#surroundings = surroundings;
    this.#scope = scope;
    this.#start = start;
    this.#messages = [...start.earlier, { role: "user", content: start.input }];
  }

  /** @throws as `Agent.chat`; the scope's reason when it aborts */
  async run(): Promise<ChatResult> {
    for (;;) {
      const step = await untilAborted(this.#ask(), this.#scope.signal);
      if (step.reply === undefined || !asksForTools(step.reply)) return this.#result(step.text, step.finishReason);
      if (this.#steps >= this.#surroundings.maxSteps) return this.#result(step.text, "max-steps");
      const told = await this.#callTools(step.reply);
      const said = step.text === step.reply.text ? step.reply.messages : withText(step.reply.messages, step.text);
      this.#messages = [...this.#messages, ...said, ...told];
    }
  }

  /** One LLM call between its hook points, or several, where a hook asks for a retry. */
  async #ask(): Promise<Step> {
    const { agent, model, hooks, clock } = this.#surroundings;
    const { input, hookScope } = this.#start;
    const { signal } = this.#scope;
    let reply: ModelReply | undefined;
    const passage = await passHooks(
      hooks,
      { before: "before_llm_call", after: "after_llm_call", input, signal, scope: hookScope, clock },
      (refusal) => ({ agent, model, messages: [...this.#messages, ...refusalOf(reply, refusal)] }),
      async ({ messages }) => {
        reply = await this.#call(messagesFrom(messages, "before_llm_call"));
        const { text, usage, toolCalls, finishReason } = reply;
        return { agent, model, text, usage, toolCalls, finishReason };
      },
    );
    if (passage.status === "replaced" || reply === undefined) return replacedBy(passage);
    return { reply, text: textFrom(passage.data["text"], "after_llm_call"), finishReason: reply.finishReason };
  }

  async #call(messages: readonly ModelMessage[]): Promise<ModelReply> {
    const { agent, model, caller, counters } = this.#surroundings;
    const { signal } = this.#scope;
    counters.llmCalls++;
    this.#steps++;
    try {
      const reply = await caller.call(messages, this.#start.tools?.pools ?? [], signal);
      this.#count(reply.usage);
      return reply;
    } catch (error) {
      signal.throwIfAborted();
      throw agentErrors.LLMSPELL_E_AGENT_PROVIDER({ agent, model, problem: messageOf(error) }, { cause: error });
    }
  }

  #count({ inputTokens, outputTokens, totalTokens }: TokenUsage): void {
    const { counters } = this.#surroundings;
    counters.inputTokens += inputTokens;
    counters.outputTokens += outputTokens;
    counters.totalTokens += totalTokens;
    this.#usage = {
      inputTokens: this.#usage.inputTokens + inputTokens,
      outputTokens: this.#usage.outputTokens + outputTokens,
      totalTokens: this.#usage.totalTokens + totalTokens,
    };
  }

  /** Makes the calls that a reply asks for, at once; the pools bound how many really run. */
  async #callTools({ toolCalls, invalidToolCalls }: ModelReply): Promise<readonly ModelMessage[]> {
    this.#toolCalls.push(...invalidToolCalls.map((call) => ({ ...call, outcome: "failed" as const })));
    this.#surroundings.counters.toolCalls.failed += invalidToolCalls.length;
    const { tools } = this.#start;
    // Without tools the SDK calls every request invalid.
    if (tools === undefined || toolCalls.length === 0) return [];
    const results = await Promise.allSettled(toolCalls.map((call) => this.#callTool(call, tools.caller)));
    const content: ToolResultPart[] = [];
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
      this.#toolCalls.push(result.value.call);
      content.push(result.value.part);
    }
    return [{ role: "tool", content }];
  }

  /** @throws what ends the whole chat; every other failure is told to the model */
  async #callTool(
    call: RequestedToolCall,
    caller: ToolCaller,
  ): Promise<{ readonly call: CompletedToolCall; readonly part: ToolResultPart }> {
    const { counters } = this.#surroundings;
    const { signal } = this.#scope;
    const { pool, input } = call;
    try {
      const output = await untilAborted(
        callTool({ pool, input }, caller, { signal, scope: this.#start.hookScope }),
        signal,
      );
      const part = resultPart(call, output);
      counters.toolCalls.done++;
      return { call: { ...call, outcome: "done", output }, part };
    } catch (error) {
      signal.throwIfAborted();
      const problem = problemFor(error);
      if (problem === undefined) {
        this.#scope.abort(error);
        throw error;
      }
      const outcome = isCancelled(error) ? "cancelled" : "failed";
      counters.toolCalls[outcome]++;
      return { call: { ...call, outcome, problem }, part: problemPart(call, problem) };
    }
  }

  #result(text: string, finishReason: FinishReason): ChatResult {
    const { model } = this.#surroundings;
    return { text, usage: this.#usage, steps: this.#steps, toolCalls: this.#toolCalls, finishReason, model };
  }
}

/** A tool call that was cut off, or forbidden by the provider's filter, is not made. */
function asksForTools({ toolCalls, invalidToolCalls, finishReason }: ModelReply): boolean {
  const isAsking = toolCalls.length + invalidToolCalls.length > 0;
  return isAsking && (finishReason === "tool-calls" || finishReason === "stop");
}

function replacedBy(passage: Passage): Step {
  const result = passage.status === "replaced" ? passage.result : undefined;
  return { reply: undefined, text: asText(result), finishReason: "replaced" };
}

/** Tells the model why its answer was refused, as it would else give the same again. */
function refusalOf(reply: ModelReply | undefined, refusal: HookVerdict | undefined): readonly ModelMessage[] {
  if (reply === undefined || refusal?.point !== "after_llm_call") return [];
  const told = `This answer was refused: ${refusal.reason} Give another one.`;
  return reply.text === ""
    ? []
    : [
        { role: "assistant", content: reply.text },
        { role: "user", content: told },
      ];
}

/**
 * What the model is told of a tool call that came to nothing; `undefined` where a hook failed that must not: that is no
 * matter for the model, as a guard may have stood there.
 */
function problemFor(error: unknown): string | undefined {
  if (isCancelled(error)) return `This was refused: ${error.cancellation.reason}`;
  return error instanceof ToolProblem ? error.message : undefined;
}
