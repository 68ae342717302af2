import { messageOf } from "@llmspell/base";
import { Ajv, type ValidateFunction } from "ajv";
import { toolErrors } from "./errors.ts";
import type { JsonSchema, ToolDescription } from "./tool.ts";

/** A tool's input and output schemas, compiled once. */
export class ToolContract {
  readonly #pool: string;
  readonly #input: ValidateFunction;
  readonly #output: ValidateFunction | undefined;

  /** @throws LLMSPELL_E_TOOL_SCHEMA when a schema does not compile */
  constructor(pool: string, tool: ToolDescription) {
    this.#pool = pool;
    // Schemas come from third parties, in any draft: unknown keywords and formats are theirs to know.
    const ajv = new Ajv({ strict: false, validateFormats: false, addUsedSchema: false, validateSchema: false });
    this.#input = this.#compile(ajv, "input", tool.inputSchema);
    this.#output = tool.outputSchema === undefined ? undefined : this.#compile(ajv, "output", tool.outputSchema);
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

  #compile(ajv: Ajv, side: "input" | "output", schema: JsonSchema): ValidateFunction {
    try {
      // `$schema` may name a draft whose meta-schema is not loaded here; the keywords in use are the same.
      const { $schema: _, ...rest } = schema;
      return ajv.compile(rest);
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
