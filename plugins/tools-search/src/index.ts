export type { SearchRequest, SearchResult, SearchResults } from "@llmspell/tools/search";
export { searchToolErrors } from "./errors.ts";
export type { LocalSearchOptions } from "./generated/options.ts";
export { LocalSearch, type LocalSearchDependencies } from "./local-search.ts";
export { default } from "./plugin.ts";
