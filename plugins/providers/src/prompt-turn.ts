import type { LanguageModelV4Message, LanguageModelV4Prompt, LanguageModelV4ToolResultOutput } from "@ai-sdk/provider";

/** A string in a tool's JSON output is prose from this many words on; shorter ones are labels and names. */
const PROSE_WORDS = 4;

/** The last thing the user said, and what has happened since. */
export interface PromptTurn {
  readonly question: string;
  /** What tools have answered, as prose. */
  readonly findings: readonly string[];
  /** Whether any tool was called. */
  readonly hasCalledTools: boolean;
}

export function lastTurn(prompt: LanguageModelV4Prompt): PromptTurn {
  const asked = prompt.findLastIndex(({ role }) => role === "user");
  const since = prompt.slice(asked + 1);
  const question = prompt[asked];
  return {
    question: question === undefined ? "" : textsOf(question).join("\n"),
    findings: since.filter(({ role }) => role === "tool").flatMap(textsOf),
    hasCalledTools: since.some(({ role }) => role === "tool"),
  };
}

/** The texts in a message; of a tool's results, those that a reader would read. */
export function textsOf(message: LanguageModelV4Message): readonly string[] {
  if (message.role === "system") return [message.content];
  return message.content.flatMap((part) => {
    if (part.type === "text" || part.type === "reasoning") return [part.text];
    return part.type === "tool-result" ? proseOf(part.output) : [];
  });
}

function proseOf(output: LanguageModelV4ToolResultOutput): readonly string[] {
  switch (output.type) {
    case "text":
      return [output.value];
    case "json":
      return proseIn(output.value);
    case "content":
      return output.value.flatMap((part) => (part.type === "text" ? [part.text] : []));
    default:
      return [];
  }
}

function proseIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value.trim().split(/\s+/u).length >= PROSE_WORDS ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(proseIn);
}
