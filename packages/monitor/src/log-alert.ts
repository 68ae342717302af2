import type { Log } from "@llmspell/base";
import type { Alert, AlertNotice } from "./alert.ts";

/** Writes alerts to the log: a warning when one fires, a note when it is resolved. */
export class LogAlert implements Alert {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  notify({ state, name, when, held }: AlertNotice): void {
    const fields = { when, held: Math.round(held) };
    if (state === "fired") this.#log.warn(`Alert ${name} fired`, fields);
    else this.#log.info(`Alert ${name} resolved`, fields);
  }
}
