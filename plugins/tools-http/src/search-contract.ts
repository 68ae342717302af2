import type { JsonSchema } from "@llmspell/tools";

/** What a search is asked. */
export interface SearchRequest {
  readonly query: string;
  /** Results there should be at most; the tool's own maximum when absent or greater. */
  readonly maxResults?: number | undefined;
}

/** One result. */
export interface SearchResult {
  readonly title: string;
  readonly url: string;
  /** A stretch of the page that shows why it was found; may be empty. */
  readonly snippet: string;
  /** Which search engine found it. */
  readonly engine?: string | undefined;
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
          engine: { type: "string" },
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
