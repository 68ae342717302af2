import { isLlmspellError, messageOf } from "@llmspell/base";
import type { JsonSchema, Tool, ToolContext, ToolInstance } from "@llmspell/tools";
import { nodeToolErrors } from "./errors.ts";
import { type FunctionToolOptions, functionToolOptionsDefaults } from "./generated/options.ts";
import type { ModuleDescription } from "./tool-module.ts";

/** A tool whose description is in a module, where its options do not give it. */
export abstract class ModuleTool implements Tool {
  protected readonly module: string;
  protected readonly exportName: string;
  readonly #options: ModuleDescription;
  #learned: ModuleDescription = {};

  constructor(options: FunctionToolOptions) {
    this.module = options.module;
    this.exportName = options.export ?? functionToolOptionsDefaults.export;
    this.#options = options;
  }

  get description(): string {
    return this.#options.description ?? this.#learned.description ?? "";
  }

  get inputSchema(): JsonSchema {
    return this.#options.inputSchema ?? this.#learned.inputSchema ?? {};
  }

  get outputSchema(): JsonSchema | undefined {
    return this.#options.outputSchema ?? this.#learned.outputSchema;
  }

  abstract prepare(context: ToolContext): Promise<void>;
  abstract createInstance(context: ToolContext): Promise<ToolInstance>;

  /** @throws LLMSPELL_E_TOOL_MODULE when neither the options nor the module say what a caller must know */
  protected learn(module: ModuleDescription): void {
    for (const key of ["description", "inputSchema"] as const) {
      if ((this.#options[key] ?? module[key]) === undefined) {
        throw this.moduleError(new TypeError(`neither it nor the tool's options give "${key}".`));
      }
    }
    this.#learned = module;
  }

  protected moduleError(error: unknown): Error {
    if (isLlmspellError(error, "LLMSPELL_E_TOOL_MODULE")) return error;
    const details = { module: this.module, problem: messageOf(error) };
    return nodeToolErrors.LLMSPELL_E_TOOL_MODULE(details, { cause: error });
  }
}
