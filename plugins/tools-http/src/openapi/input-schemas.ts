import { isObject, type JsonObject, type OpenApiDocument, objectOf } from "./openapi-document.ts";

/** Keywords by what their values are; the values of all others are data. */
const SCHEMA = new Set([
  "items",
  "additionalItems",
  "additionalProperties",
  "unevaluatedItems",
  "unevaluatedProperties",
  "propertyNames",
  "contains",
  "not",
  "if",
  "then",
  "else",
]);
const SCHEMAS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const NAMED_SCHEMAS = new Set(["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"]);
/** What says nothing to a validator or a model. */
const LEFT_OUT = new Set(["nullable", "discriminator", "xml", "externalDocs", "example", "readOnly", "writeOnly"]);

/**
 * Turns schemas of an OpenAPI document into JSON Schemas of what is sent: those of 3.0 from their dialect into draft-07,
 * without properties that only answers have, and with what they refer to beside them, so that circles stay circles.
 */
export class InputSchemas {
  readonly #document: OpenApiDocument;
  readonly #names = new Map<string, string>();
  readonly #definitions: Record<string, unknown> = {};
  readonly #key: "$defs" | "definitions";

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#key = document.isJsonSchema ? "$defs" : "definitions";
  }

  /** A schema that can stand anywhere in the one that `complete` gives. */
  convert(schema: unknown): unknown {
    if (!isObject(schema)) return schema;
    if (typeof schema["$ref"] === "string") {
      const reference = { $ref: `#/${this.#key}/${this.#nameOf(schema["$ref"])}` };
      // Before 3.1 nothing beside a reference counts.
      return this.#document.isJsonSchema ? { ...this.#convertKeywords(schema), ...reference } : reference;
    }
    const converted = this.#convertKeywords(schema);
    return this.#document.isJsonSchema ? converted : fromDialect(schema, converted);
  }

  /** The schema with everything that was converted before beside it. */
  complete(schema: JsonObject): JsonObject {
    return {
      ...(this.#document.isJsonSchema && { $schema: "https://json-schema.org/draft/2020-12/schema" }),
      ...schema,
      ...(this.#names.size > 0 && { [this.#key]: this.#definitions }),
    };
  }

  #convertKeywords(schema: JsonObject): Record<string, unknown> {
    const readOnly = this.#readOnlyOf(schema["properties"]);
    const converted: Record<string, unknown> = {};
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === "$ref" || LEFT_OUT.has(keyword)) continue;
      if (keyword === "required" && Array.isArray(value))
        converted[keyword] = value.filter((name) => !readOnly.has(name));
      else if (keyword === "properties") converted[keyword] = this.#convertAll(objectOf(value), readOnly);
      else converted[keyword] = this.#convertValue(keyword, value);
    }
    return converted;
  }

  #convertValue(keyword: string, value: unknown): unknown {
    if (Array.isArray(value) && (SCHEMAS.has(keyword) || keyword === "items"))
      return value.map((item) => this.convert(item));
    if (SCHEMA.has(keyword)) return this.convert(value);
    return NAMED_SCHEMAS.has(keyword) && isObject(value) ? this.#convertAll(value, new Set()) : value;
  }

  #convertAll(schemas: JsonObject, without: ReadonlySet<string>): JsonObject {
    const kept = Object.entries(schemas).filter(([name]) => !without.has(name));
    return Object.fromEntries(kept.map(([name, schema]) => [name, this.convert(schema)]));
  }

  #readOnlyOf(properties: unknown): ReadonlySet<string> {
    const entries = Object.entries(objectOf(properties));
    return new Set(entries.filter(([, schema]) => objectOf(schema)["readOnly"] === true).map(([name]) => name));
  }

  /** The name under which a schema stands beside the others; it is converted when it is first named. */
  #nameOf(reference: string): string {
    const known = this.#names.get(reference);
    if (known !== undefined) return known;
    const base = (reference.split("/").at(-1) ?? "").replaceAll(/[^\w.-]/g, "_") || "schema";
    const taken = new Set(this.#names.values());
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}_${number}`;
    this.#names.set(reference, name);
    this.#definitions[name] = this.convert(this.#document.at(reference));
    return name;
  }
}

/** What OpenAPI 3.0 says in its own way: null, and bounds that are left out. */
function fromDialect(schema: JsonObject, converted: Record<string, unknown>): JsonObject {
  for (const [bound, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    if (typeof schema[exclusive] !== "boolean") continue;
    delete converted[exclusive];
    if (!schema[exclusive] || schema[bound] === undefined) continue;
    converted[exclusive] = schema[bound];
    delete converted[bound];
  }
  if (schema["nullable"] !== true) return converted;
  if (typeof schema["type"] !== "string") return { anyOf: [converted, { type: "null" }] };
  const values = schema["enum"];
  const withNull = Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {};
  return { ...converted, type: [schema["type"], "null"], ...withNull };
}
