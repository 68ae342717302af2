import definitions from "@llmspell/schemas/definitions.schema.json" with { type: "json" };
import type { Catalog, CatalogImplementation, CatalogKind, CatalogPlugin } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";

/** `use:` may also name a module directly, by its path. */
export const LOCAL_MODULE = "^(\\.{1,2}/|/|file:)";

const SHARED_REFERENCE = "definitions.schema.json#/definitions/";
const LOCAL_REFERENCE = "#/definitions/";

/**
 * One JSON Schema for the whole configuration: the base keys, each section, and for each kind a choice among its
 * implementations with exactly their options. A plain draft-07 validator understands it.
 */
export function composeSchema(catalog: Catalog): JsonSchema {
  const composer = new Composer();
  for (const [name, definition] of Object.entries(definitions.definitions)) composer.define(name, definition);
  for (const kind of catalog.kinds.values()) {
    composer.addKind(kind, [...(catalog.implementations.get(kind.name)?.values() ?? [])]);
  }
  const sections = [...catalog.sections.values()].map(({ name, description, schema }) => [
    name,
    { description, ...composer.adopt(schema, name) },
  ]);
  composer.defineMissingKinds(sections);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "llmspell configuration",
    type: "object",
    additionalProperties: false,
    "x-root": true,
    properties: { ...BASE_PROPERTIES, plugins: composer.pluginList(catalog.plugins), ...Object.fromEntries(sections) },
    definitions: composer.definitions,
  };
}

const NEEDS_OPTIONS = "an object with `name` and `options`, which this plugin needs";

const PLUGIN_ENTRY: JsonSchema = {
  type: ["string", "object"],
  if: { type: "object" },
  then: {
    required: ["name"],
    additionalProperties: false,
    properties: {
      name: { type: "string", minLength: 1, description: "The plugin's package, or the path of a local plugin." },
      version: { type: "string", description: "The semver range of versions that the configuration accepts." },
      options: { type: "object", description: "Options of the plugin itself." },
    },
  },
  else: { minLength: 1 },
};

const BASE_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  $schema: { type: "string" },
  name: { type: "string", minLength: 1, description: "What this configuration is called." },
  imports: { type: "array", items: { type: "string" }, description: "Other files to merge, by relative path." },
  vars: { type: "object", description: "Values to use as ${vars.name}, and a place for YAML anchors." },
  plugins: { type: "array", description: "Packages, local files and presets to load." },
};

/** The top-level keys that belong to the kernel itself. */
export const BASE_KEYS: ReadonlySet<string> = new Set(Object.keys(BASE_PROPERTIES));

class Composer {
  readonly definitions: Record<string, JsonSchema> = {};

  define(name: string, schema: JsonSchema): void {
    this.definitions[name] = schema;
  }

  /** Takes a plugin's schema in: its own definitions move to the top under `prefix`, references follow. */
  adopt(schema: JsonSchema, prefix: string): JsonSchema {
    const { $schema: _dialect, $id: _id, title: _title, definitions: own = {}, ...rest } = schema;
    for (const [name, definition] of Object.entries(own)) {
      this.define(`${prefix}.${name}`, rewrite(definition, prefix) as JsonSchema);
    }
    return rewrite(rest, prefix) as JsonSchema;
  }

  /** The schema of `plugins`: each entry with the options of the plugin that it names, and no others. */
  pluginList(plugins: readonly CatalogPlugin[]): JsonSchema {
    const entries = plugins
      .filter(({ specifier }) => specifier !== undefined)
      .flatMap(({ name, specifier, optionsSchema }) => {
        const options = this.adopt(optionsSchema, `plugin.${name.replaceAll("/", ".")}`);
        const isRequired = (optionsSchema.required ?? []).length > 0;
        const named = { if: { type: "object", properties: { name: { const: specifier } } } };
        const whole = { ...named, then: { properties: { options }, ...(isRequired ? { required: ["options"] } : {}) } };
        return isRequired
          ? [whole, { if: { const: specifier }, then: { type: "object", "x-expected": NEEDS_OPTIONS } }]
          : [whole];
      });
    const items = entries.length === 0 ? PLUGIN_ENTRY : { ...PLUGIN_ENTRY, allOf: entries };
    return { ...BASE_PROPERTIES["plugins"], items };
  }

  /** A slot for a kind that no plugin opens accepts anything here; choosing something for it is reported instead. */
  defineMissingKinds(sections: unknown): void {
    for (const [, name] of JSON.stringify([sections, this.definitions]).matchAll(
      /"#\/definitions\/(kind\.[a-z0-9-]+)"/g,
    )) {
      if (name !== undefined && !(name in this.definitions)) this.define(name, { type: ["string", "object"] });
    }
  }

  addKind(kind: CatalogKind, implementations: readonly CatalogImplementation[]): void {
    const contract = this.adopt(kind.contract, `kind.${kind.name}`);
    for (const implementation of implementations) {
      const id = `${kind.name}.${implementation.name}`;
      this.define(id, implementationSchema(implementation, contract, this.adopt(implementation.options, id)));
    }
    this.define(`kind.${kind.name}`, choiceSchema(kind, contract, implementations));
  }
}

function choiceSchema(
  kind: CatalogKind,
  contract: JsonSchema,
  implementations: readonly CatalogImplementation[],
): JsonSchema {
  const isRequired = (implementation: CatalogImplementation) =>
    (contract.required ?? []).length + (implementation.options.required ?? []).length > 0;
  const nameSchema = (names: readonly CatalogImplementation[]): JsonSchema => ({
    type: "string",
    "x-use": kind.name,
    // An enum may not be empty; a kind may have no implementation that its name alone chooses.
    anyOf: [...(names.length === 0 ? [] : [{ enum: names.map(({ name }) => name) }]), { pattern: LOCAL_MODULE }],
  });
  const chosen = implementations.map(({ name }) => ({
    if: { properties: { use: { const: name } } },
    then: { $ref: `#/definitions/${kind.name}.${name}` },
  }));
  const local = {
    if: { properties: { use: { pattern: LOCAL_MODULE } } },
    then: { ...contract, additionalProperties: true },
  };
  return {
    description: kind.description,
    type: ["string", "object"],
    "x-expected": `the name of a ${kind.name}, or a map with \`use\` and its options`,
    allOf: [
      {
        if: { type: "string" },
        then: nameSchema(implementations.filter((implementation) => !isRequired(implementation))),
      },
      {
        if: { type: "object" },
        then: { required: ["use"], properties: { use: nameSchema(implementations) } },
      },
      {
        // Which options belong here is known only once `use` is a name.
        if: { type: "object", required: ["use"], properties: { use: { type: "string" } } },
        then: { allOf: [...chosen, local] },
      },
    ],
  };
}

/** Keys of the kind and of the implementation stand flat in one YAML object, so both schemas become one. */
function implementationSchema(
  { kind, name, description, stability }: CatalogImplementation,
  contract: JsonSchema,
  options: JsonSchema,
): JsonSchema {
  const both = [contract, options];
  const rest = both.map(
    ({ type: _t, properties: _p, required: _r, additionalProperties: _a, description: _d, ...others }) => others,
  );
  const renamed = Object.assign({}, ...both.map((schema) => schema["x-renamed"]));
  return {
    description,
    type: "object",
    "x-implementation": { kind, name },
    ...(Object.keys(renamed).length === 0 ? {} : { "x-renamed": renamed }),
    ...(stability === "deprecated" ? { deprecated: true } : {}),
    required: ["use", ...both.flatMap(({ required = [] }) => required)],
    properties: { use: { const: name }, ...contract.properties, ...options.properties },
    additionalProperties: options["additionalProperties"] ?? false,
    ...(rest.some((others) => Object.keys(others).length > 0) ? { allOf: rest } : {}),
  };
}

function rewrite(node: unknown, prefix: string): unknown {
  if (Array.isArray(node)) return node.map((item) => rewrite(item, prefix));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, rewrite(value, prefix)]);
  const { $ref: reference, ...rest }: Record<string, unknown> = Object.fromEntries(entries);
  const target = typeof reference === "string" ? rewriteReference(reference, prefix) : kindReference(rest);
  if (target === undefined) return rest;
  // Draft-07 ignores what stands beside $ref, such as a default; inside allOf it does not.
  return Object.keys(rest).length === 0 ? { $ref: target } : { ...rest, allOf: [{ $ref: target }] };
}

function rewriteReference(reference: string, prefix: string): string {
  if (reference.startsWith(SHARED_REFERENCE)) return LOCAL_REFERENCE + reference.slice(SHARED_REFERENCE.length);
  if (!reference.startsWith(LOCAL_REFERENCE)) return reference;
  return `${LOCAL_REFERENCE}${prefix}.${reference.slice(LOCAL_REFERENCE.length)}`;
}

function kindReference(schema: Readonly<Record<string, unknown>>): string | undefined {
  const kind = schema["x-kind"];
  return typeof kind === "string" ? `#/definitions/kind.${kind}` : undefined;
}
