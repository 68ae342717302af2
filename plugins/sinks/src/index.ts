export type { NdjsonSinkOptions } from "./generated/options.ts";
export { NdjsonSink } from "./ndjson-sink.ts";
export { default } from "./plugin.ts";
