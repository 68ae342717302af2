import { defineErrors } from "@llmspell/base";

interface OfAgent {
  readonly agent: string;
}

export const agentErrors = defineErrors({
  LLMSPELL_E_AGENT_UNKNOWN: {
    message: ({ agent, agents }: OfAgent & { agents: readonly string[] }) =>
      `There is no agent "${agent}"; there ${agents.length === 1 ? "is" : "are"} ${agents.join(", ") || "none"}.`,
    hint: "Declare it under `agents`, or correct the name.",
    final: true,
  },
  LLMSPELL_E_AGENT_OPTIONS: {
    message: ({ agent, problem }: OfAgent & { problem: string }) => `Agent "${agent}": ${problem}.`,
    hint: "Correct the agent's options.",
    final: true,
  },
  LLMSPELL_E_AGENT_CANCELLED: {
    message: ({ hook, point, reason }: Readonly<Record<"hook" | "point" | "reason", string>>) =>
      `The hook "${hook}" at ${point} cancelled the call: ${reason}`,
    hint: "This is what the hook is there for; look at what was asked, or at the hook's settings.",
  },
  LLMSPELL_E_AGENT_PATCH: {
    message: ({ point, path, expected }: Readonly<Record<"point" | "path" | "expected", string>>) =>
      `After the hooks at ${point}, \`${path}\` is not ${expected}.`,
    hint: "Mend the hook that changes it; `hooks.stats()` says which hooks modified the data.",
    final: true,
  },
  LLMSPELL_E_AGENT_PROVIDER: {
    message: ({ agent, model, problem }: OfAgent & { model: string; problem: string }) =>
      `Agent "${agent}" got no answer from the model "${model}": ${problem}`,
    hint: "The cause has what the provider said; check its address, key, model name and limits.",
  },
  LLMSPELL_E_AGENT_TIMEOUT: {
    message: ({ agent, timeout }: OfAgent & { timeout: number }) =>
      `Agent "${agent}" had not answered after ${timeout} ms.`,
    hint: "Raise the agent's `timeout`, or look which of its LLM and tool calls take long.",
  },
  LLMSPELL_E_AGENT_CLOSED: {
    message: ({ agent, state }: OfAgent & { state: "draining" | "stopped" }) =>
      `Agent "${agent}" takes no chats: it is ${state}.`,
    hint: "Ask it before `drain()` or disposal.",
    final: true,
  },
  LLMSPELL_E_PROVIDER_UNAVAILABLE: {
    message: ({ agent, provider, problem }: OfAgent & { provider: string; problem: string }) =>
      `The provider ${provider} of agent "${agent}" cannot be used: ${problem}.`,
    hint: "Set what is missing. `use: first_configured` passes over a provider of which nothing is set, not one that is set in part.",
    final: true,
  },
});
