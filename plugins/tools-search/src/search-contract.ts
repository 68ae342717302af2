import type { JsonSchema } from "@llmspell/tools";

/** What a search is asked. */
export interface SearchRequest {
  readonly query: string;
  /** Results there should be at most; the tool's own maximum when absent or greater. */
  readonly maxResults?: number | undefined;
}

/** One result: a passage of a file. */
export interface SearchResult {
  readonly title: string;
  /** `file:` and the path relative to the folder, with the line that was found: `file:guide/start.md#L12`. */
  readonly url: string;
  /** The text around what was found, on one line. */
  readonly snippet: string;
}

/** What a search gives, the best result first. */
export interface SearchResults {
  readonly results: readonly SearchResult[];
}

export const inputSchema: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["query"],
  properties: {
    query: { type: "string", minLength: 1, pattern: "\\S", description: "What to search for: a few words." },
    maxResults: { type: "integer", minimum: 1, description: "How many results are wanted at most." },
  },
};

export const outputSchema: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["results"],
  properties: {
    results: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["title", "url", "snippet"],
        properties: {
          title: { type: "string" },
          url: { type: "string" },
          snippet: { type: "string" },
        },
      },
    },
  },
};

/** Reads a call's input, which only who holds a lease can give unchecked. */
export function searchRequestOf(input: unknown): SearchRequest {
  const given: Readonly<Record<string, unknown>> = typeof input === "object" && input !== null ? { ...input } : {};
  const { query, maxResults } = given;
  if (typeof query !== "string" || query.trim() === "")
    throw new TypeError("expected an object with a text as `query`");
  return { query: query.trim(), maxResults: typeof maxResults === "number" ? Math.max(1, maxResults) : undefined };
}
