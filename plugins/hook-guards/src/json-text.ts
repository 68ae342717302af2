const FENCE = "```";

/** A text read as JSON; `undefined` when it is none. What LLMs put around it is taken off: a code fence, white space. */
export function parseJsonText(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(withoutFence(text.trim())) };
  } catch {
    // Node's message repeats the text, which must not show.
    return undefined;
  }
}

function withoutFence(text: string): string {
  if (!text.startsWith(FENCE) || !text.endsWith(FENCE)) return text;
  const body = text.slice(FENCE.length, -FENCE.length);
  return body.slice(0, 4).toLowerCase() === "json" ? body.slice(4) : body;
}
