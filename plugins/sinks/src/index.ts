export type { NdjsonSinkOptions } from "./generated/options.ts";
export { NdjsonSink, type NdjsonSinkDependencies } from "./ndjson-sink.ts";
export { default } from "./plugin.ts";
