/** Where llmspell writes what an operator should know. `fields` are printed beside the message, or as JSON keys. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

function discard(): void {}

/** A log that keeps nothing: what a part uses as a library when it is given no other. */
export const silentLog: Log = { debug: discard, info: discard, warn: discard, error: discard };
