import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLlmspellError } from "@llmspell/base";
import { ConfigError, formatDiagnostic } from "@llmspell/config";
import { Kernel } from "@llmspell/kernel";
import { describe, expect, it } from "vitest";

/*
 * Each folder under config/ is one behaviour: a configuration, and in expected.txt what llmspell says to it, to the
 * character. `UPDATE_CASES=1` writes what it says now; read the difference before you commit it.
 */

const CASES = fileURLToPath(new URL("config/", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const isUpdating = process.env["UPDATE_CASES"] === "1";

interface CaseOptions {
  /** The file to load, relative to the folder; `config.yaml` unless given. */
  readonly config?: string;
  /** A directory to search for a configuration from instead, relative to the folder. */
  readonly searchFrom?: string;
}

describe("configurations", () => {
  for (const name of readdirSync(CASES).sort()) {
    it(name.replaceAll("-", " "), async () => {
      const directory = join(CASES, name);
      const expectedPath = join(directory, "expected.txt");
      const actual = `${await reportOf(directory)}\n`;
      if (isUpdating) writeFileSync(expectedPath, actual);
      expect(actual).toBe(readFileSync(expectedPath, "utf8"));
    });
  }
});

/** What llmspell says to a case: the error's text, or the configuration that it made of it. */
async function reportOf(directory: string): Promise<string> {
  const { config = "config.yaml", searchFrom } = readJson<CaseOptions>(join(directory, "case.json"));
  const environment = readJson<Record<string, string>>(join(directory, "env.json"));
  await using kernel = new Kernel({ environment });
  try {
    const input =
      searchFrom === undefined ? { path: join(directory, config) } : { searchFrom: join(directory, searchFrom) };
    const { redacted, warnings } = await kernel.load(input);
    const said = warnings.map((warning) => `${formatDiagnostic(warning, { directory })}\n\n`);
    const { plugins: _, ...shown } = redacted;
    return portable(`${said.join("")}valid\n${JSON.stringify(shown, null, 2)}`, directory);
  } catch (error) {
    return portable(errorText(error, directory), directory);
  }
}

function errorText(error: unknown, directory: string): string {
  if (error instanceof ConfigError) return error.format({ color: false, directory });
  if (!isLlmspellError(error)) throw error;
  return [error.code, error.message, ...(error.hint === undefined ? [] : [error.hint])].join("\n  ");
}

/** The same text on every machine. */
function portable(text: string, directory: string): string {
  return text.replaceAll(directory, "<case>").replaceAll(REPOSITORY, "<repository>/");
}

function readJson<Content extends object>(path: string): Partial<Content> {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}
