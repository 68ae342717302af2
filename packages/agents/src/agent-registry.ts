import type { Reading } from "@llmspell/base";
import type {} from "@llmspell/kernel";
import type { Agent } from "./agent.ts";
import { agentErrors } from "./errors.ts";

/** The agents of a configuration, by name: the service `agents`. */
export class AgentRegistry implements AsyncDisposable {
  readonly #agents: ReadonlyMap<string, Agent>;

  constructor(agents: Iterable<Agent>) {
    this.#agents = new Map([...agents].map((agent) => [agent.name, agent]));
  }

  /** @throws LLMSPELL_E_AGENT_UNKNOWN */
  get(name: string): Agent {
    const agent = this.#agents.get(name);
    if (agent === undefined) throw agentErrors.LLMSPELL_E_AGENT_UNKNOWN({ agent: name, agents: this.names() });
    return agent;
  }

  names(): readonly string[] {
    return [...this.#agents.keys()];
  }

  /** Starts every agent. */
  async start(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.start()));
  }

  /**
   * Takes no new chat, and resolves when those under way are settled.
   *
   * @throws the signal's reason when it aborts first
   */
  async drain(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.drain(signal)));
  }

  readings(): readonly Reading[] {
    return [...this.#agents.values()].map((agent) => agent.reading());
  }

  /** Gives up the chats under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent[Symbol.asyncDispose]()));
  }
}

declare module "@llmspell/kernel" {
  interface Services {
    agents: AgentRegistry;
  }
}
