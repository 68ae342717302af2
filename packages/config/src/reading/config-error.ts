import { LlmspellError } from "@llmspell/base";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type FormatOptions, formatDiagnostic } from "../diagnostics/format-diagnostic.ts";

/** A configuration that cannot run; carries everything that is wrong with it. Code: LLMSPELL_E_CONFIG_INVALID. */
export class ConfigError extends LlmspellError {
  readonly diagnostics: readonly Diagnostic[];
  readonly #redact: (text: string) => string;

  constructor(diagnostics: readonly Diagnostic[], redact: (text: string) => string) {
    const safe = diagnostics.map((diagnostic) => ({
      ...diagnostic,
      message: redact(diagnostic.message),
      hint: diagnostic.hint === undefined ? undefined : redact(diagnostic.hint),
    }));
    const count = safe.filter(({ severity }) => severity === "error").length;
    super("LLMSPELL_E_CONFIG_INVALID", `The configuration has ${count} error${count === 1 ? "" : "s"}.`);
    this.diagnostics = safe;
    this.#redact = redact;
    this.message = this.format();
  }

  /** Every diagnostic with its code frame, and a closing line that counts them. */
  format(options?: FormatOptions): string {
    // A frame quotes the source, which holds resolved values where a transformation wrote it.
    const shown = this.diagnostics.map((diagnostic) => this.#redact(formatDiagnostic(diagnostic, options)));
    const errors = this.diagnostics.filter(({ severity }) => severity === "error").length;
    return [...shown, `${errors} error${errors === 1 ? "" : "s"}`].join("\n\n");
  }
}
