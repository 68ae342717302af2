import { join } from "node:path";
import { checkConfig } from "@llmspell/kernel";
import type { GeneratedFile } from "./generate-option-types.ts";

/** Every plugin of this repository: the standard preset, and the packages with heavier dependencies. */
const PLUGINS = ["@llmspell/standard", "@llmspell/plugin-tools-text", "@llmspell/plugin-provider-ai"];

/** `schemas/config.schema.json`: the whole configuration as an editor or a plain validator sees it. */
export async function generateConfigSchema(root = process.cwd()): Promise<GeneratedFile> {
  const { schema } = await checkConfig({ config: { plugins: PLUGINS }, directory: root });
  return { path: join(root, "schemas/config.schema.json"), text: `${JSON.stringify(schema, null, 2)}\n` };
}
