import type { Hook, HookContext, HookOutcome } from "@llmspell/hooks";
import { valueAt } from "./data-strings.ts";
import { type JsonSchemaOptions, jsonSchemaOptionsDefaults } from "./generated/options.ts";
import { type GuardAction, objection } from "./guard-action.ts";
import { parseJsonText } from "./json-text.ts";
import { compileSchema, type FindMisfit } from "./json-validator.ts";

/** Checks one value of the data, or what a text of it says as JSON, against a JSON Schema. */
export class JsonSchema implements Hook {
  readonly #field: string;
  readonly #action: GuardAction;
  readonly #findMisfit: FindMisfit;
  #checked = 0;
  #invalid = 0;

  /** @throws LLMSPELL_E_HOOK_GUARD_SCHEMA */
  constructor(options: JsonSchemaOptions) {
    const { field, action, schema, schemaFile } = { ...jsonSchemaOptionsDefaults, ...options };
    this.#field = field;
    this.#action = action;
    this.#findMisfit = compileSchema({ schema, schemaFile });
  }

  handle({ data }: HookContext): HookOutcome | undefined {
    this.#checked++;
    const problem = this.#problemWith(valueAt(data, this.#field));
    if (problem === undefined) return undefined;
    this.#invalid++;
    return objection(this.#action, `The data does not fit the JSON Schema: ${problem}.`, {
      jsonSchema: { [this.#field]: problem },
    });
  }

  figures(): Readonly<Record<string, number>> {
    return { checked: this.#checked, invalid: this.#invalid };
  }

  #problemWith(value: unknown): string | undefined {
    if (value === undefined) return `${this.#field} is missing`;
    const json = typeof value === "string" ? parseJsonText(value) : { value };
    if (json === undefined) return `${this.#field} is no JSON`;
    const misfit = this.#findMisfit(json.value);
    return misfit === undefined ? undefined : `${this.#field}${misfit.path} ${misfit.expectation}`;
  }
}
