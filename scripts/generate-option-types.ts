import { globSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { compile, type JSONSchema } from "json-schema-to-typescript";

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The shared definitions that have a type of their own in the kernel. */
const SHARED_TYPES: Readonly<Record<string, string>> = {
  duration: "Duration",
  bytes: "Bytes",
  rate: "Rate",
  name: "string",
};

const HEADER = "// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.\n\n";

/** One `src/generated/options.ts` for each package that has schemas. */
export async function generateOptionTypes(root = process.cwd()): Promise<GeneratedFile[]> {
  const schemas = globSync("{packages,plugins}/*/schemas/*.schema.json", { cwd: root }).sort();
  const byPackage = Map.groupBy(schemas, (path) => dirname(dirname(path)));
  const files: GeneratedFile[] = [];
  for (const [directory, paths] of byPackage) {
    const path = join(root, directory, "src/generated/options.ts");
    await mkdir(dirname(path), { recursive: true });
    const bodies = await Promise.all(paths.map((schema) => typesOf(join(root, schema))));
    const body = bodies.join("\n");
    const used = (type: string) => new RegExp(`\\b${type}\\b`).test(body);
    const units = ["Bytes", "Duration", "Rate"].filter(used);
    const unitImport = units.length === 0 ? "" : `import type { ${units.join(", ")} } from "@llmspell/base";\n`;
    const useImport = used("Use") ? 'import type { Use } from "@llmspell/kernel";\n' : "";
    const importLine = `${unitImport}${useImport}\n`;
    files.push({ path, text: `${HEADER}${importLine}${body}` });
  }
  return files;
}

async function typesOf(path: string): Promise<string> {
  const schema = JSON.parse(readFileSync(path, "utf8")) as { readonly [key: string]: Json };
  const { title } = schema;
  if (typeof title !== "string") throw new Error(`${path} has no title to name its type after.`);
  const types = await compile(withNativeTypes(schema) as JSONSchema, basename(path), {
    bannerComment: "",
    additionalProperties: false,
    format: true,
    style: { printWidth: 120 },
  });
  return types + defaultsOf(title, schema);
}

/** Replaces what the kernel gives a type of its own: shared definitions and slots for an implementation. */
function withNativeTypes(node: Json): Json {
  if (Array.isArray(node)) return node.map(withNativeTypes);
  if (typeof node !== "object" || node === null) return node;
  const object = node as { readonly [key: string]: Json };
  const shared = /^definitions\.schema\.json#\/definitions\/(\w+)$/.exec(String(object["$ref"] ?? ""))?.[1];
  // Which keys go together is checked by the schema; as a type it would only add an index signature.
  const { anyOf: _anyOf, oneOf: _oneOf, allOf: _allOf, if: _if, then: _then, else: _else, ...plain } = object;
  const description = typeof object["description"] === "string" ? { description: object["description"] } : {};
  if (shared !== undefined) return { ...description, tsType: SHARED_TYPES[shared] ?? "never" };
  if (typeof object["x-kind"] === "string") return { ...description, tsType: "Use" };
  const shaped = "properties" in object ? plain : object;
  return Object.fromEntries(Object.entries(shaped).map(([key, value]) => [key, withNativeTypes(value)]));
}

function defaultsOf(title: string, schema: { readonly [key: string]: Json }): string {
  const definitions = Object.entries((schema["definitions"] ?? {}) as { readonly [key: string]: Json });
  const titled = definitions.map(([name, definition]) => {
    const own = (definition as { readonly title?: string }).title ?? name;
    return [own, definition] as const;
  });
  return [[title, schema] as const, ...titled]
    .map(([name, definition]) => [name, propertyDefaults(definition)] as const)
    .filter(([, defaults]) => Object.keys(defaults).length > 0)
    .map(
      ([name, defaults]) => `\nexport const ${constantName(name)} = ${JSON.stringify(defaults, null, 2)} as const;\n`,
    )
    .join("");
}

function constantName(title: string): string {
  return `${title.charAt(0).toLowerCase()}${title.slice(1)}Defaults`;
}

/** The `default` of each property, nested objects included. */
function propertyDefaults(schema: Json): Record<string, Json> {
  const properties = (schema as { readonly properties?: { readonly [key: string]: Json } }).properties ?? {};
  const defaults: Record<string, Json> = {};
  for (const [key, property] of Object.entries(properties)) {
    const own = (property as { readonly default?: Json }).default;
    const nested = propertyDefaults(property);
    if (Object.keys(nested).length > 0) defaults[key] = nested;
    else if (own !== undefined) defaults[key] = own;
  }
  return defaults;
}
