import { definePlugin } from "@llmspell/kernel";
import type {} from "@llmspell/pipelines";
import { NdjsonSink } from "./ndjson-sink.ts";

const NAME = "@llmspell/plugin-sinks";

/** Provides the sink `ndjson`. */
export default definePlugin({
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("sink")
      .for("ndjson")
      .tap(NAME, (options) => new NdjsonSink(options));
  },
});
