import { messageOf } from "@llmspell/base";
import { Ajv, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { toolErrors } from "./errors.ts";
import type { JsonSchema, ToolDescription } from "./tool.ts";

// Schemas come from third parties: unknown keywords and formats are theirs to know.
const OPTIONS: Options = { strict: false, validateFormats: false, addUsedSchema: false, validateSchema: false };

/** A tool's input and output schemas, compiled once: as draft 2020-12 where `$schema` says so, else as draft-07. */
export class ToolContract {
  readonly #pool: string;
  readonly #input: ValidateFunction;
  readonly #output: ValidateFunction | undefined;

  /** @throws LLMSPELL_E_TOOL_SCHEMA when a schema does not compile */
  constructor(pool: string, tool: ToolDescription) {
    this.#pool = pool;
    this.#input = this.#compile("input", tool.inputSchema);
    this.#output = tool.outputSchema === undefined ? undefined : this.#compile("output", tool.outputSchema);
  }

  /** @throws LLMSPELL_E_TOOL_INPUT with the path of what does not fit */
  checkInput(input: unknown): void {
    if (this.#input(input)) return;
    throw toolErrors.LLMSPELL_E_TOOL_INPUT({ pool: this.#pool, problem: problemOf(this.#input) });
  }

  /** @throws LLMSPELL_E_TOOL_OUTPUT with the path of what does not fit */
  checkOutput(output: unknown): void {
    if (this.#output === undefined || this.#output(output)) return;
    throw toolErrors.LLMSPELL_E_TOOL_OUTPUT({ pool: this.#pool, problem: problemOf(this.#output) });
  }

  #compile(side: "input" | "output", { $schema: draft, ...schema }: JsonSchema): ValidateFunction {
    try {
      // Without `$schema`, which may name a draft whose meta-schema is not loaded here.
      const ajv = String(draft).includes("2020-12") ? new Ajv2020(OPTIONS) : new Ajv(OPTIONS);
      return ajv.compile(schema);
    } catch (error) {
      throw toolErrors.LLMSPELL_E_TOOL_SCHEMA({ pool: this.#pool, side, problem: messageOf(error) }, { cause: error });
    }
  }
}

function problemOf(validate: ValidateFunction): string {
  const error = validate.errors?.[0];
  if (error === undefined) return "it is not valid";
  const where = error.instancePath === "" ? "the value" : error.instancePath;
  const extra = typeof error.params["additionalProperty"] === "string" ? `: ${error.params["additionalProperty"]}` : "";
  return `${where} ${error.message ?? "is not valid"}${extra}`;
}
