import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { displayPath } from "@llmspell/config";
import type { CommandContext } from "../command-context.ts";
import { commandErrors } from "../errors.ts";
import { EXIT } from "../exit-code.ts";
import { type Answers, PROVIDERS, type Provider, packageFile, starterFiles } from "../starter-files.ts";

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
  const { directory, force = false } = options;
  const answers = await answersFrom(options);
  const files = starterFiles(answers);
  const existing = [...files.keys()].filter((name) => existsSync(join(directory, name)));
  const isHere = directory === context.directory;
  const shownDirectory = isHere ? "this directory" : displayPath(directory, context.directory);
  if (existing.length > 0 && !force) {
    throw commandErrors.LLMSPELL_E_INIT_EXISTS({ files: existing, directory: shownDirectory });
  }
  // A package.json holds more than we know, so it is never overwritten.
  if (!existsSync(join(directory, "package.json"))) files.set("package.json", packageFile(answers));

  await mkdir(directory, { recursive: true });
  for (const [name, text] of files) await writeFile(join(directory, name), text);
  if (context.verbosity !== "quiet") {
    const enter = isHere ? [] : [`cd ${quoteForShell(shownDirectory)}`];
    const variables = answers.provider === "extractive" ? [] : ["export LLM_BASE_URL=… LLM_MODEL=… LLM_API_KEY=…"];
    const steps = [...enter, "npm install", ...variables, "npx llmspell run"].map((step) => `  ${step}`);
    const wrote = `Wrote ${[...files.keys()].join(", ")} in ${shownDirectory}.`;
    context.terminal.print([wrote, "", "Next:", ...steps].join("\n"));
  }
  return EXIT.fine;
}

async function answersFrom({ directory, yes = false, name, provider }: InitOptions): Promise<Answers> {
  const standard = { name: name ?? defaultName(directory), provider: provider ?? "extractive" } as const;
  if (yes) return standard;
  if (!process.stdin.isTTY) throw commandErrors.LLMSPELL_E_INIT_NO_TERMINAL({});
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ask = async (question: string, preset: string) =>
      (await terminal.question(`${question} [${preset}] `)).trim() || preset;
    const chosenName = name ?? (await ask("Name of the configuration?", standard.name));
    let chosen: Provider | undefined = provider;
    while (chosen === undefined) {
      const answer = await ask(`Which provider answers, ${PROVIDERS.join(" or ")}?`, standard.provider);
      chosen = PROVIDERS.find((known) => known === answer);
    }
    return { name: chosenName, provider: chosen };
  } finally {
    terminal.close();
  }
}

/** The directory's name as far as npm takes it for a package's name. */
function defaultName(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "my-desk" : name;
}

function quoteForShell(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
