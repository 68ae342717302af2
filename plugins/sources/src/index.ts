export type { JsonSourceOptions, NdjsonSourceOptions } from "./generated/options.ts";
export { JsonSource } from "./json-source.ts";
export { NdjsonSource } from "./ndjson-source.ts";
export { default } from "./plugin.ts";
