export type { SearchRequest, SearchResult, SearchResults } from "@llmspell/tools/search";
export { httpToolErrors } from "./errors.ts";
export type { HttpRequestTemplate, HttpToolOptions, WebSearchOptions } from "./generated/options.ts";
export { HttpTool, type HttpToolDependencies } from "./http-tool.ts";
export { default } from "./plugin.ts";
export { StatusError } from "./status-error.ts";
export { WebSearch, type WebSearchDependencies } from "./web-search.ts";
