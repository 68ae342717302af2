import type { ErrorCode } from "@llmspell/base";
import type { ErrorObject } from "ajv";
import { type ConfigNode, type ConfigPath, formatPath, nodeAt } from "../reading/config-node.ts";
import type { Catalog } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";

/** One configuration under validation, as the wording of its errors needs it. */
export interface Subject {
  readonly root: ConfigNode;
  readonly value: unknown;
  readonly catalog: Catalog;
  /** The schema it was validated against; `$ref`s in errors lead into its `definitions`. */
  readonly schema: JsonSchema;
}

/** What a schema error means to the person who wrote the YAML. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path: ConfigPath;
  readonly part?: "key" | "value";
}

export function subjectOf(path: ConfigPath): string {
  return path.length === 0 ? "The configuration" : `\`${formatPath(path)}\``;
}

/** A value as messages show it; what came from the environment is named instead. */
export function show(value: unknown, path: ConfigPath, { root }: Subject): string {
  const node = nodeAt(root, path);
  if (node.kind === "scalar" && node.environment !== undefined) return `the value of ${node.environment.join(", ")}`;
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? JSON.stringify(shortened(value)) : String(value);
}

/** Longer texts would bury the sentence that quotes them. */
const LONGEST_QUOTE = 60;

function shortened(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE - 1)}…`;
}

export function expectationOf(schema: JsonSchema): string | undefined {
  return typeof schema["x-expected"] === "string" ? schema["x-expected"] : undefined;
}

/** Why a schema asks for what it asks for, in a sentence. */
export function reasonOf(schema: JsonSchema): string | undefined {
  return typeof schema["x-reason"] === "string" ? schema["x-reason"] : undefined;
}

export function describeExpectation({ keyword, params }: ErrorObject): string {
  if (keyword === "pattern") return `a string that matches ${String(params["pattern"])}`;
  if (keyword === "format") return `a valid ${String(params["format"])}`;
  const types = [params["type"] as string | readonly string[]].flat();
  return types.map((type) => TYPE_NAMES[type] ?? type).join(" or ");
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  null: "null",
};

/** A bare number where a unit belongs is the commonest slip. */
export function unitHint(schema: JsonSchema, value: unknown): string | undefined {
  if (typeof value !== "number") return undefined;
  const expected = expectationOf(schema) ?? "";
  if (expected.startsWith("a duration")) return `Write the unit: \`${value}ms\` or \`${value}s\`.`;
  if (expected.startsWith("a size")) return `Write the unit: \`${value}B\` or \`${value}MiB\`.`;
  return expected.startsWith("a rate") ? `Write the unit: \`${value}/s\` or \`${value}/m\`.` : undefined;
}

export function sizeOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return counted(value.length, "item");
  return typeof value === "object" && value !== null ? counted(Object.keys(value).length, "key") : undefined;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const LIMITS: Readonly<Record<string, string>> = {
  minimum: "at least",
  exclusiveMinimum: "above",
  maximum: "at most",
  exclusiveMaximum: "below",
};

const SIZES: Readonly<Record<string, readonly [string, string]>> = {
  minItems: ["at least", "item"],
  maxItems: ["at most", "item"],
  minLength: ["at least", "character"],
  maxLength: ["at most", "character"],
  minProperties: ["at least", "key"],
  maxProperties: ["at most", "key"],
};

/** The range that a number, or the size of a value, left; `undefined` for an error that is about something else. */
export function describeLimit({ keyword, params }: ErrorObject): string | undefined {
  const { limit = 0 } = params as { readonly limit?: number };
  const size = SIZES[keyword];
  if (size !== undefined) return `${size[0]} ${counted(limit, size[1])}`;
  return keyword in LIMITS ? `${LIMITS[keyword]} ${limit}` : undefined;
}
