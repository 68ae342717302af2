import type { Diagnostic } from "@llmspell/config";
import { displayPath, formatDiagnostic } from "@llmspell/config";
import { type CheckedConfig, checkConfig } from "@llmspell/kernel";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-code.ts";
import { isConfigError } from "../failure-report.ts";
import { countOf } from "../figures.ts";

export interface ValidateOptions {
  readonly json?: boolean;
}

/** `llmspell validate`: checks a configuration; no plugin's code runs, except that of local files. */
export async function validate(context: CommandContext, options: ValidateOptions): Promise<number> {
  if (options.json === true) return validateAsJson(context);
  const { terminal, directory, input, verbosity } = context;
  const config = await checkConfig(input);
  terminal.redactWith(config.redact);
  const color = terminal.stderr.hasColor;
  for (const warning of config.warnings) terminal.say(formatDiagnostic(warning, { color, directory }));
  if (verbosity !== "quiet") terminal.print(`${displayPath(config.path, directory)} is valid: ${extentOf(config)}.`);
  return EXIT.fine;
}

async function validateAsJson({ terminal, directory, input }: CommandContext): Promise<number> {
  const print = (result: object) => terminal.print(JSON.stringify(result, null, 2));
  const asJson = (diagnostics: readonly Diagnostic[]) => diagnostics.map((found) => diagnosticAsJson(found, directory));
  try {
    const { path, redact, warnings } = await checkConfig(input);
    terminal.redactWith(redact);
    print({ valid: true, file: displayPath(path, directory), diagnostics: asJson(warnings) });
    return EXIT.fine;
  } catch (error) {
    if (!isConfigError(error)) throw error;
    print({ valid: false, diagnostics: asJson(error.diagnostics) });
    return EXIT.configInvalid;
  }
}

/** Lines and columns count from 1; a diagnostic that concerns no place in a file has none. */
function diagnosticAsJson({ place, severity, code, message, hint }: Diagnostic, directory: string) {
  const file = place === undefined ? undefined : displayPath(place.file.path, directory);
  return { file, ...place?.file.position(place.start), severity, code, message, hint };
}

function extentOf({ value, catalog, plugins, uses }: CheckedConfig): string {
  const sections = [...catalog.sections.keys()].filter((name) => name in value);
  const chosen = new Set(uses.map(({ kind, name }) => `${kind} ${name}`));
  const named =
    sections.length === 0 ? "no section" : `${countOf(sections.length, "section")} (${sections.join(", ")})`;
  return `${countOf(plugins.length, "plugin")}, ${named}, ${countOf(chosen.size, "implementation")}`;
}
