import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { displayPath } from "@llmspell/config";
import type { CommandContext } from "../command-context.ts";
import { commandErrors } from "../errors.ts";
import { EXIT } from "../exit-code.ts";
import {
  type Answers,
  PROVIDERS,
  type Provider,
  packageFile,
  packageName,
  STARTER_FILE_NAMES,
  starterFiles,
} from "../starter-files.ts";

export interface InitOptions {
  /** Absolute. */
  readonly directory: string;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly name?: string;
  readonly provider?: Provider;
}

/** `llmspell init`: writes a configuration with data to run it on, and a package.json where there is none. */
export async function init(context: CommandContext, options: InitOptions): Promise<number> {
  const { terminal, verbosity } = context;
  const { directory, force = false } = options;
  const shown = directory === context.directory ? undefined : displayPath(directory, context.directory);
  if (!force) refuseToOverwrite(directory, shown);
  const answers = await answersFrom(options);
  if (answers === undefined) {
    terminal.say("\nNothing was written.");
    return EXIT.runFailed;
  }
  const files = starterFiles(answers);
  // A package.json holds more than we know, so it is never overwritten.
  if (!existsSync(join(directory, "package.json"))) files.set("package.json", packageFile(answers));
  await mkdir(directory, { recursive: true });
  for (const [name, text] of files) await writeFile(join(directory, name), text);
  if (verbosity !== "quiet") terminal.print(describeResult([...files.keys()], shown, answers));
  return EXIT.fine;
}

const HERE = "this directory";

/** @param shown the directory as the reader would name it; `undefined` for the working directory */
function refuseToOverwrite(directory: string, shown: string | undefined): void {
  const files = STARTER_FILE_NAMES.filter((name) => existsSync(join(directory, name)));
  if (files.length > 0) throw commandErrors.LLMSPELL_E_INIT_EXISTS({ files, directory: shown ?? HERE });
}

function describeResult(files: readonly string[], shown: string | undefined, { provider }: Answers): string {
  const enter = shown === undefined ? [] : [`cd ${quoteForShell(shown)}`];
  const variables = provider === "extractive" ? [] : ["export LLM_BASE_URL=… LLM_MODEL=… LLM_API_KEY=…"];
  const steps = [...enter, "npm install", ...variables, "npx llmspell run"].map((step) => `  ${step}`);
  return [`Wrote ${files.join(", ")} in ${shown ?? HERE}.`, "", "Next:", ...steps].join("\n");
}

/** `undefined` when the reader ended the questions, with Ctrl-C or Ctrl-D. */
async function answersFrom({ directory, yes = false, name, provider }: InitOptions): Promise<Answers | undefined> {
  const standard = { name: name ?? packageName(basename(directory)), provider: provider ?? "extractive" } as const;
  if (yes) return standard;
  if (!process.stdin.isTTY) throw commandErrors.LLMSPELL_E_INIT_NO_TERMINAL({});
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closing = new AbortController();
  const { signal } = closing;
  terminal.once("close", () => closing.abort());
  try {
    const ask = async (question: string, preset: string) =>
      (await terminal.question(`${question} [${preset}] `, { signal })).trim() || preset;
    const chosenName = name ?? (await ask("Name of the configuration?", standard.name));
    let chosen: Provider | undefined = provider;
    while (chosen === undefined) {
      const answer = await ask(`Which provider answers, ${PROVIDERS.join(" or ")}?`, standard.provider);
      chosen = PROVIDERS.find((known) => known === answer);
    }
    return { name: chosenName, provider: chosen };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    terminal.close();
  }
}

function quoteForShell(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
