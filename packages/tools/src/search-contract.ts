import type { JsonSchema } from "./tool.ts";

// What every tool that searches takes and gives, so that one can stand in for another.

/** What a search is asked. */
export interface SearchRequest {
  readonly query: string;
  /** Results there should be at most; the tool's own maximum when absent or greater. */
  readonly maxResults?: number | undefined;
}

/** One result: a page, or a passage of a file. */
export interface SearchResult {
  readonly title: string;
  /** Where it is. Of a file: `file:`, its path relative to the folder, and the line that was found: `file:guide/start.md#L12`. */
  readonly url: string;
  /** The text that shows why it was found; may be empty. */
  readonly snippet: string;
  /** Which search engine found it, where several are asked. */
  readonly engine?: string | undefined;
}

/** What a search gives, the best result first. */
export interface SearchResults {
  readonly results: readonly SearchResult[];
}

/** Of a `SearchRequest`. */
export const searchInputSchema: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["query"],
  properties: {
    query: { type: "string", minLength: 1, pattern: "\\S", description: "What to search for: a few words." },
    maxResults: { type: "integer", minimum: 1, description: "How many results are wanted at most." },
  },
};

/** Of `SearchResults`. */
export const searchOutputSchema: JsonSchema = {
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

/**
 * Reads a call's input, which only who holds a lease can give unchecked.
 *
 * @throws TypeError unless it is an object with a text as `query`
 */
export function searchRequestOf(input: unknown): SearchRequest {
  const given: Readonly<Record<string, unknown>> = typeof input === "object" && input !== null ? { ...input } : {};
  const { query, maxResults } = given;
  if (typeof query !== "string" || query.trim() === "")
    throw new TypeError("expected an object with a text as `query`");
  return { query: query.trim(), maxResults: typeof maxResults === "number" ? Math.max(1, maxResults) : undefined };
}
