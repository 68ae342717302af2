import type { Plugin } from "@llmspell/kernel";
import type {} from "@llmspell/pipelines";
import { NdjsonSink } from "./ndjson-sink.ts";

const NAME = "@llmspell/plugin-sinks";

/** Provides the sink `ndjson`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("sink")
      .for("ndjson")
      .tap(NAME, (options, context) => new NdjsonSink(options, context));
  },
};

export default plugin;
