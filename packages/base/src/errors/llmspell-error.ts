/** Marks llmspell's errors across copies of this package, where `instanceof` would fail. */
const BRAND = Symbol.for("llmspell.error");

/** A stable name of a failure; `docs/errors.md` explains each. */
export type ErrorCode = `LLMSPELL_E_${string}`;

export interface LlmspellErrorOptions extends ErrorOptions {
  /** What to do about it, one sentence. */
  readonly hint?: string | undefined;
  /** Whether the same attempt would fail again; `false` when left out. */
  readonly isFinal?: boolean | undefined;
}

/** Every error that llmspell itself raises: a stable code, a sentence, and where one is known, what to do. */
export class LlmspellError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Whether the same attempt would fail again, so that repeating it is of no use. */
  readonly isFinal: boolean;

  constructor(code: ErrorCode, message: string, options: LlmspellErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LlmspellError";
    this.code = code;
    this.hint = options.hint;
    this.isFinal = options.isFinal ?? false;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `value` is an error of llmspell (of any copy of it), with `code` when one is given. */
export function isLlmspellError(value: unknown, code?: ErrorCode): value is LlmspellError {
  if (!(value instanceof Error) || !(BRAND in value)) return false;
  return code === undefined || ("code" in value && value.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return String(thrown);
  return "message" in thrown ? String(thrown.message) : `a value of type ${typeof thrown}`;
}
