import type { JsonSchema } from "./json-schema.ts";

const LOCAL_REFERENCE = "#/definitions/";

/**
 * The part of a composed schema that a configuration can meet: of each kind only the implementations that it names. It
 * judges this configuration as the whole schema would, and compiles in a fraction of the time.
 */
export function schemaInUse(schema: JsonSchema, value: unknown): JsonSchema {
  const { definitions = {}, ...root } = schema;
  const names = new Set([...namesUsedIn(value), ...namesUsedIn(schema)]);
  const kept: Record<string, JsonSchema> = {};
  const keep = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.filter((branch) => !isForOthers(branch, names)).map(keep);
    if (typeof node !== "object" || node === null) return node;
    const copy: Record<string, unknown> = {};
    for (const [key, child] of Object.entries(node)) {
      if (key === "$ref" && typeof child === "string") follow(child);
      copy[key] = keep(child);
    }
    return copy;
  };
  const follow = (reference: string) => {
    const name = reference.slice(LOCAL_REFERENCE.length);
    const definition = definitions[name];
    if (definition === undefined || name in kept) return;
    kept[name] = {};
    kept[name] = keep(definition) as JsonSchema;
  };
  return { ...(keep(root) as JsonSchema), definitions: kept };
}

/** Every name that stands under a `use` key, however deep. */
function namesUsedIn(node: unknown, names = new Set<string>()): ReadonlySet<string> {
  if (typeof node !== "object" || node === null) return names;
  for (const [key, child] of Object.entries(node)) {
    if (key === "use" && typeof child === "string") names.add(child);
    else namesUsedIn(child, names);
  }
  return names;
}

/** Whether a branch asks for an implementation, by its name, that is not among `names`. */
function isForOthers(branch: JsonSchema, names: ReadonlySet<string>): boolean {
  const chosen = branch?.["if"] as JsonSchema | undefined;
  const name = chosen?.properties?.["use"]?.const;
  return typeof name === "string" && !names.has(name);
}
