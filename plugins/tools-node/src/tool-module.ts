import type { JsonSchema } from "@llmspell/tools";

/** What a tool's function gets beside its input. */
export interface ToolFunctionContext {
  /** Aborts when the caller gives up or the time is over. */
  readonly signal: AbortSignal;
  /** Says which parts of the output a worker may hand over without copying them; they must not be used afterwards. */
  transfer(...objects: readonly ArrayBuffer[]): void;
}

/** What a tool module says of itself. */
export interface ModuleDescription {
  readonly description?: string | undefined;
  readonly inputSchema?: JsonSchema | undefined;
  readonly outputSchema?: JsonSchema | undefined;
}

/** What a module exports to be a tool; `default` may have another name, given by the option `export`. */
export interface ToolModule extends ModuleDescription {
  /** Called once for each instance before its first call: opens, loads, compiles. */
  readonly load?: (() => unknown) | undefined;
  readonly default: (input: never, context: ToolFunctionContext) => unknown;
}

/** A tool module as it was imported. */
export interface ImportedTool extends ModuleDescription {
  load(): Promise<void>;
  execute(input: unknown, context: ToolFunctionContext): Promise<unknown>;
}

/**
 * Imports a module as a tool. Runs also in worker threads, so nothing here needs the kernel.
 *
 * @throws what the import throws; TypeError when an export is not what it should be
 */
export async function importTool(url: string, exportName: string): Promise<ImportedTool> {
  const exports: Readonly<Record<string, unknown>> = await import(url);
  const { description, inputSchema, outputSchema, load } = exports;
  const execute = exports[exportName];
  if (!isFunction(execute)) {
    const names = Object.keys(exports).join(", ") || "nothing";
    throw new TypeError(`its export "${exportName}" is not a function; it exports ${names}.`);
  }
  if (description !== undefined && typeof description !== "string") {
    throw new TypeError(`its export "description" is not a string.`);
  }
  return {
    description,
    inputSchema: schemaIn("inputSchema", inputSchema),
    outputSchema: schemaIn("outputSchema", outputSchema),
    load: async () => {
      if (isFunction(load)) await load();
    },
    execute: async (input, context) => await execute(input, context),
  };
}

function isFunction(value: unknown): value is (...values: readonly unknown[]) => unknown {
  return typeof value === "function";
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function schemaIn(name: string, value: unknown): JsonSchema | undefined {
  if (value === undefined || isObject(value)) return value;
  throw new TypeError(`its export "${name}" is not a JSON Schema object.`);
}
