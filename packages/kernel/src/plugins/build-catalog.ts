import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf } from "@llmspell/base";
import type { Diagnostics, JsonSchema } from "@llmspell/config";
import {
  BASE_KEYS,
  type Catalog,
  type CatalogImplementation,
  type CatalogKind,
  type CatalogPlugin,
  type CatalogSection,
  EMPTY_OBJECT_SCHEMA,
  type PluginIdentity,
} from "@llmspell/config";
import type { SchemaSource } from "./manifest.ts";
import type { ResolvedPlugin } from "./resolve-plugins.ts";

/** Puts together what all plugins offer. Two that claim one name are reported; the first keeps it. */
export function buildCatalog(plugins: readonly ResolvedPlugin[], diagnostics: Diagnostics): Catalog {
  const builder = new CatalogBuilder(diagnostics);
  for (const plugin of plugins) builder.add(plugin);
  for (const plugin of plugins) builder.checkOptions(plugin);
  const { listed, sections, kinds, implementations, names } = builder;
  return { plugins: listed, sections, kinds, implementations, names };
}

class CatalogBuilder {
  readonly listed: CatalogPlugin[] = [];
  readonly sections = new Map<string, CatalogSection>();
  readonly kinds = new Map<string, CatalogKind>();
  readonly implementations = new Map<string, Map<string, CatalogImplementation>>();
  readonly names = new Map<string, Set<string>>();
  readonly #diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  add(plugin: ResolvedPlugin): void {
    const { manifest, name: ownName, version, path, specifier } = plugin;
    const optionsSchema = this.#schema(manifest.options, plugin);
    this.listed.push({ name: ownName, version, path, specifier, optionsSchema });
    for (const [name, { schema, description = "", after = [] }] of Object.entries(manifest.sections ?? {})) {
      const section = { name, description, after, plugin, schema: this.#schema(schema, plugin) };
      if (BASE_KEYS.has(name)) this.#reserved(name, plugin);
      else this.#claim(this.sections, name, section, `the section \`${name}\``);
    }
    for (const [name, { description, contract, methods = [] }] of Object.entries(manifest.kinds ?? {})) {
      const kind = { name, description, plugin, methods, contract: this.#schema(contract, plugin) };
      this.#claim(this.kinds, name, kind, `the kind \`${name}\``);
    }
    for (const { kind, name, description, stability = "stable", options, uses = [] } of manifest.provides ?? []) {
      const ofKind = this.implementations.get(kind) ?? new Map<string, CatalogImplementation>();
      this.implementations.set(kind, ofKind);
      const schema = this.#schema(options, plugin);
      const implementation = { kind, name, description, stability, plugin, options: schema, uses };
      this.#claim(ofKind, name, implementation, `the ${kind} \`${name}\``);
    }
    for (const [word, names] of Object.entries(manifest.names ?? {})) {
      this.names.set(word, new Set([...(this.names.get(word) ?? []), ...names]));
    }
  }

  /** An option named as a key of its kind's contract would never reach the implementation. */
  checkOptions(plugin: ResolvedPlugin): void {
    for (const { kind, name } of plugin.manifest.provides ?? []) {
      const contract = ["use", ...Object.keys(this.kinds.get(kind)?.contract.properties ?? {})];
      const options = this.implementations.get(kind)?.get(name)?.options.properties ?? {};
      for (const key of contract.filter((each) => Object.hasOwn(options, each))) {
        const message = `The ${kind} \`${name}\` of \`${plugin.name}\` has an option \`${key}\`, which every ${kind} has as a key of the kind.`;
        this.#diagnostics.error("LLMSPELL_E_PLUGIN_COLLISION", message, plugin.place, "Give the option another name.");
      }
    }
  }

  #claim<Item extends { readonly plugin: PluginIdentity }>(
    map: Map<string, Item>,
    name: string,
    item: Item & { readonly plugin: ResolvedPlugin },
    what: string,
  ): void {
    const owner = map.get(name)?.plugin;
    if (owner === undefined) {
      map.set(name, item);
      return;
    }
    const message =
      owner.name === item.plugin.name
        ? `\`${owner.name}\` declares ${what} twice.`
        : `Both \`${owner.name}\` and \`${item.plugin.name}\` provide ${what}.`;
    const hint = owner.name === item.plugin.name ? "Mend its manifest." : "Remove one of them from `plugins`.";
    this.#diagnostics.error("LLMSPELL_E_PLUGIN_COLLISION", message, item.plugin.place, hint);
  }

  #reserved(name: string, plugin: ResolvedPlugin): void {
    const message = `The plugin \`${plugin.name}\` claims the section \`${name}\`, which belongs to the kernel.`;
    this.#diagnostics.error("LLMSPELL_E_PLUGIN_COLLISION", message, plugin.place);
  }

  #schema(source: SchemaSource | undefined, plugin: ResolvedPlugin): JsonSchema {
    if (source === undefined) return EMPTY_OBJECT_SCHEMA;
    if (typeof source !== "string") return source;
    const path = resolve(dirname(plugin.path), source);
    try {
      const schema: unknown = JSON.parse(readFileSync(path, "utf8"));
      if (typeof schema === "object" && schema !== null && !Array.isArray(schema)) return schema as JsonSchema;
      this.#badSchema(path, "is no JSON object", plugin);
    } catch (error) {
      this.#badSchema(path, `cannot be read: ${messageOf(error)}`, plugin);
    }
    return EMPTY_OBJECT_SCHEMA;
  }

  #badSchema(path: string, problem: string, plugin: ResolvedPlugin): void {
    const message = `The plugin \`${plugin.name}\` names the schema ${path}, which ${problem}.`;
    this.#diagnostics.error("LLMSPELL_E_PLUGIN_SCHEMA", message, plugin.place);
  }
}
