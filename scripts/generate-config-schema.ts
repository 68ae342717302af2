import { join } from "node:path";
import { editorSchema } from "@llmspell/config";
import { type CheckedConfig, checkConfig } from "@llmspell/kernel";
import type { GeneratedFile } from "./generate-option-types.ts";

/** Every plugin of this repository: the standard preset, and the packages with heavier dependencies. */
const PLUGINS = [
  "@llmspell/standard",
  "@llmspell/plugin-tools-text",
  "@llmspell/plugin-tools-mcp",
  "@llmspell/plugin-provider-ai",
];

/** A configuration that only names every plugin of this repository. */
export function checkEveryPlugin(root = process.cwd()): Promise<CheckedConfig> {
  return checkConfig({ config: { plugins: PLUGINS }, directory: root });
}

/** `schemas/config.schema.json`: the whole configuration as an editor or a plain validator sees it. */
export function generateConfigSchema({ schema, directory }: CheckedConfig): GeneratedFile {
  return {
    path: join(directory, "schemas/config.schema.json"),
    text: `${JSON.stringify(editorSchema(schema), null, 2)}\n`,
  };
}
