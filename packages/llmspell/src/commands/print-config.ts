import { checkConfig } from "@llmspell/kernel";
import { stringify } from "yaml";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-code.ts";

export interface PrintConfigOptions {
  readonly json?: boolean;
}

/** `llmspell print-config`: the configuration as it takes effect; what came from the environment is named, not shown. */
export async function printConfig(
  { terminal, input }: CommandContext,
  { json = false }: PrintConfigOptions,
): Promise<number> {
  const { redacted } = await checkConfig(input);
  terminal.print(json ? JSON.stringify(redacted, null, 2) : stringify(redacted, { lineWidth: 0 }).trimEnd());
  return EXIT.fine;
}
