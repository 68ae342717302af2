import { join } from "node:path";
import type { Catalog, CatalogImplementation, CatalogKind, CatalogSection, JsonSchema } from "@llmspell/config";
import type { GeneratedFile } from "./generate-option-types.ts";

const HEADER = `# Reference

Every section, kind and implementation of the plugins in this repository, generated from their schemas by \`npm run generate\`.
For plugins from elsewhere, \`llmspell list\` says the same of your own configuration.
`;

/** `docs/reference.md`: each section, kind and implementation with its keys. */
export function generateReference(catalog: Catalog, root = process.cwd()): GeneratedFile {
  const sections = [...catalog.sections.values()].sort(byName).map(describeSection);
  const kinds = [...catalog.kinds.values()]
    .sort(byName)
    .map((kind) => describeKind(kind, [...(catalog.implementations.get(kind.name)?.values() ?? [])]));
  const names = [...catalog.names].map(
    ([word, known]) => `- ${word.replaceAll("-", " ")}: ${[...known].map(code).join(", ")}`,
  );
  const text = [
    HEADER,
    "## Sections\n",
    ...sections,
    "## Kinds\n",
    ...kinds,
    "## Names that plugins declare\n",
    ...names.sort(),
    "",
  ].join("\n");
  return { path: join(root, "docs/reference.md"), text };
}

function describeSection({ name, description, plugin, schema }: CatalogSection): string {
  return `### \`${name}\`\n\n${description} (\`${plugin.name}\`)\n\n${keyTable(schema)}`;
}

function describeKind(
  { name, description, plugin, contract }: CatalogKind,
  implementations: CatalogImplementation[],
): string {
  const own = Object.keys(contract.properties ?? {}).length === 0 ? "" : `Beside \`use\`:\n\n${keyTable(contract)}`;
  return [
    `### ${name}\n\n${description} (\`${plugin.name}\`)\n`,
    own,
    ...implementations.sort(byName).map(describeImplementation),
  ].join("\n");
}

function describeImplementation({ name, description, plugin, stability, options }: CatalogImplementation): string {
  const mark = stability === "stable" ? "" : ` *${stability}*`;
  const table = Object.keys(options.properties ?? {}).length === 0 ? "No options.\n" : keyTable(options);
  return `#### \`use: ${name}\`${mark}\n\n${description} (\`${plugin.name}\`)\n\n${table}`;
}

function keyTable(schema: JsonSchema): string {
  const table = { definitions: schema.definitions ?? {}, described: new Map<JsonSchema, string>() };
  const rows = [...keyRows(schema, table, "", []), ...namedRows(schema, table, "", [])];
  return `| key | value | default | means |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

/** One table: the definitions that its schema refers to, and where each of its lists was described first. */
interface Table {
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  readonly described: Map<JsonSchema, string>;
}

function keyRows(schema: JsonSchema, table: Table, prefix: string, open: readonly JsonSchema[]): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const path = `${prefix}${key}`;
    const target = resolved(property, table);
    const mark = (schema.required ?? []).includes(key) ? " **required**" : "";
    const fallback = property["default"] === undefined ? "" : code(JSON.stringify(property["default"]));
    const row = `| ${code(path)}${mark} | ${valueText(property, target)} | ${fallback} | ${cell(property["description"] ?? target["description"])} |`;
    return open.includes(target) ? [row] : [row, ...nestedRows(target, table, path, [...open, target])];
  });
}

function nestedRows(target: JsonSchema, table: Table, path: string, open: readonly JsonSchema[]): string[] {
  const items = target["items"] as JsonSchema | undefined;
  if (items !== undefined) {
    return itemRows(items, table, `${path}[]`, open);
  }
  return [...keyRows(target, table, `${path}.`, open), ...namedRows(target, table, `${path}.`, open)];
}

/** The rows of a map whose keys are names that the user gives. */
function namedRows(schema: JsonSchema, table: Table, prefix: string, open: readonly JsonSchema[]): string[] {
  const map = schema["additionalProperties"];
  return typeof map === "object" && map !== null ? itemRows(map as JsonSchema, table, `${prefix}<name>`, open) : [];
}

/** The rows of what stands in a list or under a name: an implementation to choose, one of several forms, or its keys. */
function itemRows(schema: JsonSchema, table: Table, path: string, open: readonly JsonSchema[]): string[] {
  const target = resolved(schema, table);
  if (open.includes(target)) return [];
  const known = [...open, target];
  const first = table.described.get(target);
  if (first !== undefined && target !== schema) return [`| ${code(path)} |  |  | As ${code(first)}. |`];
  table.described.set(target, path);
  if (target["x-kind"] !== undefined) {
    return [`| ${code(path)} | ${String(target["x-kind"])} |  | ${cell(target["description"])} |`];
  }
  const forms: JsonSchema[] = [];
  // The forms stand behind the test that the object has only one of them.
  const { allOf = [] } = (target["then"] ?? target) as { readonly allOf?: unknown };
  for (const { then } of allOf as readonly { readonly then?: JsonSchema }[]) {
    if (then !== undefined) forms.push(then);
  }
  return [
    ...keyRows(target, table, `${path}.`, known),
    ...nestedRows({ ...target, properties: {} }, table, path, known),
    ...forms.flatMap((form) => formRows(form, table, path, known)),
  ];
}

/** One of several forms that an object can take, as a step of a pipeline can: what it is, then its keys. */
function formRows(form: JsonSchema, table: Table, path: string, open: readonly JsonSchema[]): string[] {
  const target = resolved(form, table);
  if (target["x-kind"] !== undefined) return itemRows(target, table, path, open);
  const [key = ""] = target.required ?? [];
  const head = `| ${code(`${path}: { ${key}: … }`)} |  |  | ${cell(target["description"])} |`;
  return [head, ...keyRows(target, table, `${path}.`, open)];
}

function resolved(schema: JsonSchema, { definitions }: Table): JsonSchema {
  const name = /^#\/definitions\/(.+)$/.exec(String(schema["$ref"] ?? ""))?.[1];
  return (name === undefined ? undefined : definitions[name]) ?? schema;
}

function valueText(property: JsonSchema, target: JsonSchema): string {
  const shared = /^definitions\.schema\.json#\/definitions\/(\w+)$/.exec(String(property["$ref"] ?? ""))?.[1];
  if (shared !== undefined) return shared;
  if (target["x-kind"] !== undefined) return `${String(target["x-kind"])}`;
  if (Array.isArray(target["enum"])) return target["enum"].map((value) => code(String(value))).join(" ");
  if (target["x-cel"] !== undefined) return "CEL";
  if (target["x-template"] !== undefined) return "template";
  return [target["type"] ?? "any"].flat().join(" or ");
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name.localeCompare(right.name);
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

function cell(value: unknown): string {
  return typeof value === "string" ? value.replaceAll("|", "\\|").replaceAll("\n", " ") : "";
}
