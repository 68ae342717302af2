import { type Clock, isLlmspellError, systemClock } from "@llmspell/base";
import type { JsonSchema, Tool, ToolContext, ToolInstance } from "@llmspell/tools";
import {
  type SearchResult,
  type SearchResults,
  searchInputSchema,
  searchOutputSchema,
  searchRequestOf,
} from "@llmspell/tools/search";
import { bodyValue } from "./answer-body.ts";
import { AnswerCache } from "./answer-cache.ts";
import { httpToolErrors } from "./errors.ts";
import { type WebSearchOptions, webSearchOptionsDefaults } from "./generated/options.ts";
import { HostRules } from "./host-rules.ts";
import { HttpConnections, unusable } from "./http-connections.ts";
import { DEFAULT_HEADERS, type HttpRequest } from "./http-request.ts";
import { bareRequest } from "./http-tool.ts";
import { StatusError } from "./status-error.ts";

const { cache: cacheDefaults, ...defaults } = webSearchOptionsDefaults;
const SAFE_SEARCH = { off: "0", moderate: "1", strict: "2" } as const;
/** A search is read from where it is asked for; a redirect is a mistake in the address. */
const MAX_REDIRECTS = 0;

/** What `WebSearch` takes from outside. */
export interface WebSearchDependencies {
  /** By which answers are kept; the system's unless given. */
  readonly clock?: Clock | undefined;
}

/** Searches the web through a SearXNG server (https://docs.searxng.org/dev/search_api.html). */
export class WebSearch implements Tool {
  readonly description: string =
    "Searches the web. Gives titles, addresses and short extracts of pages, the best first; it does not open the pages.";
  readonly inputSchema: JsonSchema = searchInputSchema;
  readonly outputSchema: JsonSchema = searchOutputSchema;
  readonly #options: WebSearchOptions & Required<Pick<WebSearchOptions, keyof typeof defaults>>;
  readonly #clock: Clock;
  readonly #cache: AnswerCache<readonly SearchResult[]> | undefined;

  /** @throws LLMSPELL_E_TOOL_HTTP_OPTIONS when `commonQueries` have no `cache`; LLMSPELL_E_DURATION */
  constructor(options: WebSearchOptions, { clock = systemClock }: WebSearchDependencies = {}) {
    this.#options = { ...defaults, ...options };
    this.#clock = clock;
    if (options.cache !== undefined) {
      this.#cache = new AnswerCache({ ...cacheDefaults, ...options.cache }, clock);
    } else if (options.commonQueries !== undefined) {
      throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_OPTIONS({
        problem: "`commonQueries` need a `cache` that keeps answers",
      });
    }
  }

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_BYTES */
  async createInstance({ signal }: ToolContext): Promise<ToolInstance> {
    signal.throwIfAborted();
    const { origin } = new URL(this.#options.url);
    const options = { ...this.#options, maxRedirects: MAX_REDIRECTS };
    const connections = new HttpConnections(options, new HostRules([], origin), this.#clock);
    const commonQueries = this.#options.commonQueries;
    return {
      execute: (input, context) => this.#execute(connections, input, context.signal),
      warmUps: {
        establish_connections: ({ signal }) => connections.open(bareRequest(origin, "/"), signal),
        ...(commonQueries !== undefined && {
          cache_common_queries: ({ signal }) => this.#ask(connections, commonQueries, signal),
        }),
      },
      [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
    };
  }

  /** What the cache did for all instances: `hits` and `misses` of calls, and how many answers are `kept`; empty without one. */
  figures(): Readonly<Record<string, number>> {
    return this.#cache?.figures() ?? {};
  }

  async #execute(connections: HttpConnections, input: unknown, signal: AbortSignal): Promise<SearchResults> {
    const { query, maxResults = this.#options.maxResults } = searchRequestOf(input);
    const results = this.#cache?.get(query) ?? (await this.#search(connections, query, signal));
    return { results: results.slice(0, maxResults) };
  }

  /** Asks what no instance has asked yet, one after another: a server for many people is not to be stormed. */
  async #ask(connections: HttpConnections, queries: readonly string[], signal: AbortSignal): Promise<void> {
    for (const query of queries) {
      if (this.#cache?.has(query.trim()) === false) await this.#search(connections, query.trim(), signal);
    }
  }

  async #search(connections: HttpConnections, query: string, signal: AbortSignal): Promise<readonly SearchResult[]> {
    const request = this.#request(query);
    const body = bodyValue(await this.#send(connections, request, signal));
    if ("problem" in body) throw unusable(request, body.problem);
    const results = resultsOf(body.value)?.slice(0, this.#options.maxResults);
    if (results === undefined) throw unusable(request, "it has no list of `results`, as SearXNG's has");
    this.#cache?.set(query, results);
    return results;
  }

  async #send(connections: HttpConnections, request: HttpRequest, signal: AbortSignal) {
    try {
      return await connections.send(request, signal);
    } catch (error) {
      const isFormatRefused =
        isLlmspellError(error) && error.cause instanceof StatusError && error.cause.status === 403;
      if (!isFormatRefused) throw error;
      throw httpToolErrors.LLMSPELL_E_TOOL_SEARCH_FORMAT({ origin: request.url.origin }, { cause: error });
    }
  }

  #request(query: string): HttpRequest {
    const { url: base, language, categories, safeSearch } = this.#options;
    const url = new URL(`${base.replace(/\/+$/, "")}/search`);
    url.search = new URLSearchParams({
      q: query,
      format: "json",
      ...(language !== undefined && { language }),
      ...(categories !== undefined && { categories: categories.join(",") }),
      ...(safeSearch !== undefined && { safesearch: SAFE_SEARCH[safeSearch] }),
    }).toString();
    return { method: "GET", url, headers: { ...DEFAULT_HEADERS, accept: "application/json" }, secrets: [] };
  }
}

/** The results in an answer of SearXNG; what has no address is left out. */
function resultsOf(answer: unknown): SearchResult[] | undefined {
  const { results } = Object.assign({ results: undefined }, answer);
  if (!Array.isArray(results)) return undefined;
  return (results as readonly unknown[]).flatMap((result) => {
    const { title, url, content, engine } = Object.assign(
      { title: undefined, url: undefined, content: undefined, engine: undefined },
      result,
    ) as Readonly<Record<"title" | "url" | "content" | "engine", unknown>>;
    if (typeof url !== "string" || url === "") return [];
    const snippet = typeof content === "string" ? content.trim() : "";
    const found = { title: typeof title === "string" ? title : url, url, snippet };
    return [typeof engine === "string" ? { ...found, engine } : found];
  });
}
