import type { JsonSchema, ToolProgress } from "@llmspell/tools";

/** What a tool's function gets beside its input. */
export interface ToolFunctionContext {
  /** Aborts when the caller gives up or the time is over. */
  readonly signal: AbortSignal;
  /** Says which parts of the output a worker may hand over without copying them; they must not be used afterwards. */
  transfer(...objects: readonly ArrayBuffer[]): void;
  /** Tells the caller how far the call has come; does nothing where nobody listens. */
  report(progress: ToolProgress): void;
}

/** What a module's warm-up gets. */
export interface WarmUpContext {
  /** Aborts when the pool waits for it no longer. */
  readonly signal: AbortSignal;
}

/** Something that a module does ahead of an instance's first call; fails by throwing. */
export type WarmUpFunction = (context: WarmUpContext) => unknown;

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
  /** What a pool may ask of an instance ahead of its first call, by the name of the warm-up that asks for it. */
  readonly warmUps?: Readonly<Record<string, WarmUpFunction>> | undefined;
  readonly default: (input: never, context: ToolFunctionContext) => unknown;
}

/** A tool module as it was imported. */
export interface ImportedTool extends ModuleDescription {
  readonly warmUps: Readonly<Record<string, WarmUpFunction>>;
  load(): Promise<void>;
  /** What the function gives: its output, or a promise of it. */
  execute(input: unknown, context: ToolFunctionContext): unknown;
}

/**
 * Imports a module as a tool. Runs also in worker threads, so nothing here needs the kernel.
 *
 * @throws what the import throws; TypeError when an export is not what it should be
 */
export async function importTool(url: string, exportName: string): Promise<ImportedTool> {
  const exports: Readonly<Record<string, unknown>> = await import(url);
  const { description, inputSchema, outputSchema, load, warmUps } = exports;
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
    warmUps: warmUpsIn(warmUps),
    load: async () => {
      if (isFunction(load)) await load();
    },
    execute,
  };
}

function isFunction(value: unknown): value is (...values: readonly unknown[]) => unknown {
  return typeof value === "function";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function schemaIn(name: string, value: unknown): JsonSchema | undefined {
  if (value === undefined || isObject(value)) return value;
  throw new TypeError(`its export "${name}" is not a JSON Schema object.`);
}

function warmUpsIn(value: unknown): Readonly<Record<string, WarmUpFunction>> {
  if (value === undefined) return {};
  if (!isObject(value)) throw new TypeError(`its export "warmUps" is not an object of functions.`);
  const warmUps: Record<string, WarmUpFunction> = {};
  for (const [name, warmUp] of Object.entries(value)) {
    if (!isFunction(warmUp)) throw new TypeError(`its export "warmUps" has no function under "${name}".`);
    warmUps[name] = warmUp;
  }
  return warmUps;
}
