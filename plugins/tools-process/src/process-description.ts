import type { JsonSchema } from "@llmspell/tools";
import type { ProcessToolOptions } from "./generated/options.ts";

/** What a program says of itself, in answer to the request `describe`. */
export interface ProcessDescription {
  readonly description?: string | undefined;
  readonly inputSchema?: JsonSchema | undefined;
  readonly outputSchema?: JsonSchema | undefined;
  /** Requests that it answers ahead of its first call, by the names of the warm-ups that ask for them. */
  readonly warmUps?: readonly string[] | undefined;
}

/**
 * The answer as a description.
 *
 * @throws TypeError when it is none, or when neither it nor the options say what a caller must know
 */
export function descriptionIn(answer: unknown, options: ProcessToolOptions): ProcessDescription {
  if (!isObject(answer)) throw new TypeError("its answer to `describe` is not an object.");
  const { description, inputSchema, outputSchema, warmUps } = answer;
  for (const key of ["description", "inputSchema"] as const) {
    if ((options[key] ?? answer[key] ?? undefined) === undefined) {
      throw new TypeError(`neither its answer to \`describe\` nor the tool's options give "${key}".`);
    }
  }
  if (!isAbsent(description) && typeof description !== "string") throw wrongType("description", "a string");
  if (!isAbsent(inputSchema) && !isObject(inputSchema)) throw wrongType("inputSchema", "a JSON Schema object");
  if (!isAbsent(outputSchema) && !isObject(outputSchema)) throw wrongType("outputSchema", "a JSON Schema object");
  if (!isAbsent(warmUps) && !isListOfNames(warmUps)) throw wrongType("warmUps", "a list of names");
  return {
    description: description ?? undefined,
    inputSchema: inputSchema ?? undefined,
    outputSchema: outputSchema ?? undefined,
    warmUps: warmUps ?? undefined,
  };
}

function wrongType(key: string, expected: string): TypeError {
  return new TypeError(`"${key}" in its answer to \`describe\` is not ${expected}.`);
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOfNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
