import type { Plugin } from "@llmspell/kernel";
import type {} from "@llmspell/pipelines";
import { JsonSource } from "./json-source.ts";
import { NdjsonSource } from "./ndjson-source.ts";

const NAME = "@llmspell/plugin-sources";

/** Provides the sources `json` and `ndjson`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const sources = kernel.kinds.for("source");
    sources.for("json").tap(NAME, (options) => new JsonSource(options));
    sources.for("ndjson").tap(NAME, (options) => new NdjsonSource(options));
  },
};

export default plugin;
