import { isLlmspellError, type Log, messageOf } from "@llmspell/base";

/**
 * Tells an operator why events fail: the first failure of each kind as a warning, further ones only for debugging, so
 * that a dead server does not flood the log. How many there were is in the statistics.
 */
export class FailureLog {
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param where the part that failed; failures of one part with one error code are of one kind */
  tell(where: string, thrown: unknown, fields: Readonly<Record<string, unknown>>): void {
    const kind = `${where} ${kindOf(thrown)}`;
    if (this.#told.has(kind)) {
      this.#log.debug(messageOf(thrown), fields);
      return;
    }
    this.#told.add(kind);
    this.#log.warn(`${messageOf(thrown).replace(/\.$/, "")}. Further failures of this kind are only counted.`, fields);
  }
}

/** The code of what made a step fail; the name of an error that has no code of llmspell. */
function kindOf(thrown: unknown): string {
  const origin = isStepFailure(thrown) ? thrown.cause : thrown;
  if (isLlmspellError(origin)) return origin.code;
  return origin instanceof Error ? origin.name : typeof origin;
}

/** Whether a step failed, as against a hook beside the steps. */
export function isStepFailure(thrown: unknown): thrown is Error {
  return isLlmspellError(thrown, "LLMSPELL_E_PIPELINE_STEP");
}
