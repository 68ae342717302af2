import { createRequire } from "node:module";
import { messageOf } from "@llmspell/base";
import type { ValidateFunction } from "ajv";
import { eventErrors } from "./errors.ts";
import type { EventPayload } from "./generated/options.ts";

/** Checks the data of those event types that have a schema. The validator is loaded only where there is one. */
export class PayloadSchemas {
  readonly #validators: ReadonlyMap<string, ValidateFunction>;

  /** @throws LLMSPELL_E_EVENT_SCHEMA */
  constructor(payloads: Readonly<Record<string, EventPayload>>) {
    const { Ajv }: typeof import("ajv") = createRequire(import.meta.url)("ajv");
    const ajv = new Ajv({ strict: false, allErrors: false });
    this.#validators = new Map(
      Object.entries(payloads).map(([type, { schema }]) => {
        try {
          return [type, ajv.compile(schema)];
        } catch (cause) {
          throw eventErrors.LLMSPELL_E_EVENT_SCHEMA({ type, problem: messageOf(cause) }, { cause });
        }
      }),
    );
  }

  /**
   * Tells where data does not fit, never what it is.
   *
   * @throws LLMSPELL_E_EVENT_DATA
   */
  check(type: string, data: unknown): void {
    const validate = this.#validators.get(type);
    if (validate === undefined || validate(data)) return;
    const [error] = validate.errors ?? [];
    const problem = `${error?.instancePath || "it"} ${error?.message ?? "does not fit"}`;
    throw eventErrors.LLMSPELL_E_EVENT_DATA({ type, problem });
  }
}
