import type { JsonSchema } from "./json-schema.ts";

const REFERENCE = { $ref: "#/definitions/reference" };

/** Keywords whose schemas decide or describe, and so must stay as they are. */
const UNTOUCHED = new Set(["if", "propertyNames", "enum", "const", "default", "required"]);

/** Types of which a reference in a file, a string like `${PORT:-8080}`, is none before it is resolved. */
const RESOLVED_TYPES = new Set(["integer", "number", "boolean"]);

/**
 * The composed schema for files as they are written: wherever a single value stands, a reference (`${NAME}`,
 * `${vars.name}`) may stand too. Editors and plain validators see the file before references are resolved; the kernel
 * validates after that, with the strict schema.
 */
export function editorSchema(schema: JsonSchema): JsonSchema {
  const { definitions = {}, ...rest } = schema;
  const reference: JsonSchema = {
    type: "string",
    pattern: "\\$\\{",
    description: "A reference, resolved when the file is read.",
  };
  return {
    ...(allowReferences(rest) as JsonSchema),
    definitions: { ...(mapValues(definitions, allowReferences) as Record<string, JsonSchema>), reference },
  };
}

function allowReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(allowReferences);
  if (typeof node !== "object" || node === null) return node;
  const schema = node as JsonSchema;
  if (isLeaf(schema)) {
    const { default: fallback, description, ...strict } = schema;
    return {
      ...(description === undefined ? {} : { description }),
      ...(fallback === undefined ? {} : { default: fallback }),
      anyOf: [strict, REFERENCE],
    };
  }
  if (schema["x-use"] !== undefined) return { ...schema, anyOf: [...(schema["anyOf"] as unknown[]), REFERENCE] };
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === "properties"
      ? mapValues(value as object, allowReferences)
      : UNTOUCHED.has(key)
        ? value
        : allowReferences(value),
  ]);
  return Object.fromEntries(entries);
}

/** A schema of one value that a reference, being a string of its own form, would not satisfy. */
function isLeaf(schema: JsonSchema): boolean {
  const types = [schema["type"] ?? []].flat() as string[];
  if (types.includes("object") || types.includes("array")) return false;
  return (
    types.some((type) => RESOLVED_TYPES.has(type)) || "enum" in schema || "pattern" in schema || "format" in schema
  );
}

function mapValues(object: object, map: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
