import {
  type Clock,
  type Log,
  parseDuration,
  type Reading,
  silentLog,
  systemClock,
  untilAborted,
} from "@llmspell/base";
import type { PoolDescription, ToolExecutionPool } from "@llmspell/tools";
import type { ModelMessage } from "ai";
import { AgentCounters, type AgentStats, readAgent } from "./agent-counters.ts";
import type { ChatOptions, ChatResult } from "./chat.ts";
import { ChatRun, type ChatSurroundings, type ChatTools } from "./chat-run.ts";
import { ChatScope } from "./chat-scope.ts";
import { agentErrors } from "./errors.ts";
import { type AgentSection, agentSectionDefaults } from "./generated/options.ts";
import { type HookPoints, isCancelled } from "./hook-passage.ts";
import { LanguageModelCaller } from "./language-model-caller.ts";
import type { Provider } from "./provider.ts";
import { SessionStore } from "./session-store.ts";
import { withToolProblems } from "./tool-problem.ts";

/** The options of an agent: its YAML object without the provider, which is made before it. */
export interface AgentOptions extends Omit<AgentSection, "provider"> {
  /** How hooks, errors and readings call it; `agent` unless given. */
  readonly name?: string;
}

/** What an agent needs from outside. */
export interface AgentDependencies {
  readonly provider: Provider;
  /** What runs its hook points; none are run unless given. */
  readonly hooks?: HookPoints | undefined;
  /** The pools that `tools` names; needed only where it names some. */
  readonly tools?: Pick<ToolExecutionPool, "describe" | "execute"> | undefined;
  /** `systemClock` unless given. */
  readonly clock?: Clock | undefined;
  /** Told of a model's warnings; nobody unless given. */
  readonly log?: Log | undefined;
}

/**
 * Answers questions with a language model, which may call tools from pools. Every LLM call runs between the hook points
 * `before_llm_call` and `after_llm_call`, every tool call between `before_tool_call` and `after_tool_call`.
 *
 * @example
 * await using agent = new Agent({ systemPrompt: "Answer in one sentence." }, { provider });
 * const { text } = await agent.chat("What is backpressure?");
 */
export class Agent implements AsyncDisposable {
  readonly name: string;
  /** The model's name, as the provider gives it. */
  readonly model: string;
  readonly #options: AgentOptions;
  readonly #dependencies: AgentDependencies;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #counters = new AgentCounters();
  readonly #sessions: SessionStore;
  readonly #surroundings: ChatSurroundings;
  readonly #caller: LanguageModelCaller;
  readonly #scopes = new Map<ChatScope, Promise<unknown>>();
  #state: "open" | "draining" | "stopped" = "open";
  #tools: ChatTools | undefined;

  /**
   * @throws LLMSPELL_E_PROVIDER_UNAVAILABLE; LLMSPELL_E_AGENT_OPTIONS when a number is out of range, or `tools` names
   * pools and there are none; LLMSPELL_E_DURATION
   */
  constructor(options: AgentOptions, dependencies: AgentDependencies) {
    const { provider, hooks, clock = systemClock, log = silentLog } = dependencies;
    this.name = options.name ?? "agent";
    this.model = provider.model;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#clock = clock;
    this.#timeout = parseDuration(options.timeout ?? agentSectionDefaults.timeout);
    this.#assertUsable();
    const { maxOutputTokens, temperature } = options;
    const { maxSteps, maxRetries, history } = withDefaults(this.name, options);
    this.#sessions = new SessionStore(history);
    this.#caller = new LanguageModelCaller(provider, { maxRetries, maxOutputTokens, temperature }, log);
    this.#surroundings = {
      agent: this.name,
      model: this.model,
      maxSteps,
      caller: this.#caller,
      counters: this.#counters,
      hooks,
      clock,
    };
  }

  /** Loads the model's code, so that the first chat need not wait for it. A chat without a start does it itself. */
  async start(): Promise<void> {
    await this.#caller.load();
  }

  /**
   * Asks the model, makes the tool calls that it asks for, and gives its answer.
   *
   * What a tool call throws, and that a hook cancelled it, is told to the model, which may go on without; everything else
   * ends the chat.
   *
   * @throws CancelledError (LLMSPELL_E_AGENT_CANCELLED) when a hook cancels an LLM call; LLMSPELL_E_AGENT_PROVIDER with
   * the provider's error as its cause; LLMSPELL_E_AGENT_TIMEOUT; LLMSPELL_E_AGENT_PATCH; LLMSPELL_E_AGENT_CLOSED;
   * LLMSPELL_E_POOL_UNKNOWN or LLMSPELL_E_POOL_NOT_PREPARED for a pool of `tools`; as `HookManager.run`; the signal's
   * reason when it aborts
   */
  async chat(input: string, options: ChatOptions = {}): Promise<ChatResult> {
    this.#assertOpen();
    const startedAt = this.#clock.now();
    const counters = this.#counters;
    counters.chats++;
    using scope = new ChatScope(this.#clock, this.#timeout, () => this.#overdue(), options.signal);
    const chat = this.#converse(input, options, scope);
    this.#scopes.set(scope, chat);
    try {
      const result = await chat;
      counters.answered++;
      return result;
    } catch (error) {
      if (isCancelled(error)) counters.cancelled++;
      else if (this.#isGivenUp(error, options.signal)) counters.aborted++;
      else counters.failed++;
      throw error;
    } finally {
      this.#scopes.delete(scope);
      counters.duration.record(this.#clock.now() - startedAt);
    }
  }

  /**
   * Takes no new chat, and resolves when those under way are settled.
   *
   * @throws the signal's reason when it aborts first
   */
  async drain(signal?: AbortSignal): Promise<void> {
    if (this.#state === "open") this.#state = "draining";
    const settled = Promise.allSettled(this.#scopes.values());
    await untilAborted(settled, signal);
  }

  stats(): AgentStats {
    return this.#counters.summary();
  }

  /** The figures as a reading: part `agent`. */
  reading(): Reading {
    return readAgent(this.name, this.stats());
  }

  /** Gives up the chats under way, and takes no more. The provider is its creator's to dispose. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = "stopped";
    const chats = [...this.#scopes];
    for (const [scope] of chats) scope.abort(this.#closedError());
    await Promise.allSettled(chats.map(([, chat]) => chat));
  }

  async #converse(input: string, options: ChatOptions, scope: ChatScope): Promise<ChatResult> {
    const { session, scope: hookScope = scope } = options;
    scope.signal.throwIfAborted();
    const tools = this.#describeTools();
    const run = (turns: readonly ModelMessage[]) => {
      const start = { input, earlier: [...this.#systemMessages(), ...turns], tools, hookScope };
      return new ChatRun(this.#surroundings, scope, start).run();
    };
    return session === undefined ? await run([]) : await this.#sessions.converse(session, input, scope.signal, run);
  }

  #systemMessages(): readonly ModelMessage[] {
    const { systemPrompt } = this.#options;
    return systemPrompt === undefined ? [] : [{ role: "system", content: systemPrompt }];
  }

  /** Asked when they are first needed: a pool may learn what its tool does only when it starts. */
  #describeTools(): ChatTools | undefined {
    const { tools: names = [] } = this.#options;
    const { tools, hooks } = this.#dependencies;
    if (tools === undefined || names.length === 0) return undefined;
    this.#tools ??= {
      pools: names.map((pool): PoolDescription => tools.describe(pool)),
      caller: { tools: withToolProblems(tools), hooks, clock: this.#clock },
    };
    return this.#tools;
  }

  #assertUsable(): void {
    const { provider, tools } = this.#dependencies;
    const agent = this.name;
    if (provider.unavailable !== undefined) {
      const details = { agent, provider: provider.id, problem: provider.unavailable.problem };
      throw agentErrors.LLMSPELL_E_PROVIDER_UNAVAILABLE(details);
    }
    const { tools: names = [] } = this.#options;
    if (tools !== undefined || names.length === 0) return;
    const problem = `\`tools\` names ${names.join(", ")}, but there are no tool pools`;
    throw agentErrors.LLMSPELL_E_AGENT_OPTIONS({ agent, problem });
  }

  #isGivenUp(error: unknown, signal: AbortSignal | undefined): boolean {
    return this.#state === "stopped" || (signal?.aborted === true && error === signal.reason);
  }

  #overdue(): Error {
    return agentErrors.LLMSPELL_E_AGENT_TIMEOUT({ agent: this.name, timeout: this.#timeout });
  }

  #assertOpen(): void {
    if (this.#state !== "open") throw this.#closedError();
  }

  #closedError(): Error {
    const state = this.#state === "draining" ? "draining" : "stopped";
    return agentErrors.LLMSPELL_E_AGENT_CLOSED({ agent: this.name, state });
  }
}

/** @throws LLMSPELL_E_AGENT_OPTIONS */
function withDefaults(agent: string, options: AgentOptions) {
  const { maxSteps = agentSectionDefaults.maxSteps, maxRetries = agentSectionDefaults.maxRetries } = options;
  const history = { ...agentSectionDefaults.history, ...options.history };
  const bounds = [
    ["maxSteps", maxSteps, 1],
    ["maxRetries", maxRetries, 0],
    ["history.maxMessages", history.maxMessages, 2],
    ["history.maxSessions", history.maxSessions, 1],
  ] as const;
  for (const [option, value, least] of bounds) {
    if (Number.isInteger(value) && value >= least) continue;
    const problem = `\`${option}\` must be a whole number from ${least} on, found ${value}`;
    throw agentErrors.LLMSPELL_E_AGENT_OPTIONS({ agent, problem });
  }
  return { maxSteps, maxRetries, history };
}
