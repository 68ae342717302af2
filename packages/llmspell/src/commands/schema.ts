import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { editorSchema } from "@llmspell/config";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-code.ts";
import { configOrStandard } from "../standard-config.ts";

export interface SchemaOptions {
  readonly output?: string;
}

/** `llmspell schema`: the one JSON Schema that the plugins of the configuration compose. */
export async function schema(context: CommandContext, { output }: SchemaOptions): Promise<number> {
  const { terminal, directory, verbosity } = context;
  const config = await configOrStandard(context);
  const text = JSON.stringify(editorSchema(config.schema), null, 2);
  if (output === undefined) {
    terminal.print(text);
    return EXIT.fine;
  }
  const path = resolve(directory, output);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${text}\n`);
  if (verbosity !== "quiet") terminal.say(`Wrote ${output}.`);
  return EXIT.fine;
}
