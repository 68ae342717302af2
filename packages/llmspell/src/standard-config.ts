import { type ConfigInput, findConfig } from "@llmspell/config";
import { type CheckedConfig, checkConfig } from "@llmspell/kernel";
import type { CommandContext } from "./command-context.ts";

/**
 * The configuration that a command is about; where there is none, one that names the standard preset and nothing else,
 * so that what llmspell offers can be seen before a configuration is written.
 *
 * @throws ConfigError (LLMSPELL_E_CONFIG_INVALID) when there is one and it is not valid
 */
export async function configOrStandard(context: CommandContext): Promise<CheckedConfig> {
  return checkConfig(await inputOrStandard(context));
}

/** Where `configOrStandard` finds its configuration. */
export async function inputOrStandard({ input }: CommandContext): Promise<ConfigInput> {
  if ("path" in input) return input;
  const path = await findConfig(input.searchFrom);
  if (path !== undefined) return { path };
  // Resolved from here: the preset that this command was installed with.
  return { config: { plugins: ["@llmspell/standard"] }, directory: import.meta.dirname };
}
