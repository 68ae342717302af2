import type { Catalog } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";
import { nameOfUse } from "./vocabulary.ts";

type Options = Readonly<Record<string, unknown>>;

/**
 * The options that an implementation is made with: what stands beside `use`, without the keys of its kind's contract,
 * and with the defaults of its own schema, however it was chosen: by its bare name, by `use`, or by code.
 *
 * @param use a name, or an object with `use`
 */
export function ownOptions(catalog: Catalog, kind: string, use: string | Options): Options {
  const contract = catalog.kinds.get(kind)?.contract.properties ?? {};
  const schema = catalog.implementations.get(kind)?.get(nameOfUse(use) ?? "")?.options;
  const isOwn = (key: string) => key !== "use" && !Object.hasOwn(contract, key);
  const given = Object.fromEntries(Object.entries(typeof use === "string" ? {} : use).filter(([key]) => isOwn(key)));
  return schema === undefined ? given : withDefaults(given, schema, schema.definitions ?? {});
}

/**
 * The options that a plugin is applied with: those of its own entry under `plugins:`, as validated, with the defaults of
 * its schema, also when only its name is listed.
 */
export function pluginOptions(catalog: Catalog, name: string, config: Options): Options {
  const plugin = catalog.plugins.find((listed) => listed.name === name);
  const entries = (config["plugins"] ?? []) as readonly (
    | string
    | { readonly name: string; readonly options?: Options }
  )[];
  const own = entries.find(
    (entry) => typeof entry === "object" && entry.name === plugin?.specifier && "options" in entry,
  );
  const options = (typeof own === "object" ? own.options : undefined) ?? {};
  return plugin === undefined
    ? options
    : withDefaults(options, plugin.optionsSchema, plugin.optionsSchema.definitions ?? {});
}

function withDefaults(given: Options, schema: JsonSchema, definitions: Readonly<Record<string, JsonSchema>>): Options {
  const filled: Record<string, unknown> = { ...given };
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const value = Object.hasOwn(given, key) ? given[key] : structuredClone(property["default"]);
    if (value === undefined) continue;
    const target = definitions[String(property["$ref"]).replace("#/definitions/", "")] ?? property;
    filled[key] = isRecord(value) ? withDefaults(value, target, definitions) : value;
  }
  return filled;
}

function isRecord(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
