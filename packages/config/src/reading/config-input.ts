import { join, resolve } from "node:path";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { SourceFile } from "../diagnostics/source-file.ts";
import { configText } from "./config-text.ts";
import { findConfig, SEARCH_PLACES } from "./find-config.ts";
import { type ReadConfig, readConfigFile, readConfigSource } from "./read-config.ts";
import type { Environment } from "./substitute.ts";

/** Where a configuration comes from: a file, a search from a directory upwards, or an object in memory. */
export type ConfigInput =
  | { readonly path: string }
  | { readonly searchFrom: string }
  | { readonly config: Readonly<Record<string, unknown>>; readonly directory?: string };

/**
 * Reads a configuration from wherever it comes.
 *
 * @returns `undefined` when there is none, or it cannot be read; `diagnostics` then say why
 */
export async function readConfig(
  input: ConfigInput,
  environment: Environment,
  diagnostics: Diagnostics,
): Promise<ReadConfig | undefined> {
  if ("config" in input) {
    const path = join(resolve(input.directory ?? process.cwd()), "<configuration>");
    return readConfigSource(new SourceFile(path, configText(input.config)), environment, diagnostics);
  }
  const path = "path" in input ? resolve(input.path) : await findConfig(resolve(input.searchFrom));
  if (path !== undefined) return readConfigFile(path, environment, diagnostics);
  const places = SEARCH_PLACES.slice(0, 3).join(", ");
  const message = `Found no configuration (${places}, …) here or in a directory above.`;
  const hint = "Name one with --config, or let `llmspell init` write one.";
  diagnostics.error("LLMSPELL_E_CONFIG_NOT_FOUND", message, undefined, hint);
  return undefined;
}
