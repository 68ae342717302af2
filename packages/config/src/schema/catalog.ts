import type { JsonSchema } from "./json-schema.ts";

/** What a plugin promises of an implementation: it may still change, it stays, or it will go. */
export type Stability = "experimental" | "stable" | "deprecated";

/** A plugin as the configuration sees it: what messages and `llmspell list` call it. */
export interface PluginIdentity {
  readonly name: string;
  readonly version: string;
  /** Path of its manifest, or of its module when it is a local file. */
  readonly path: string;
}

/** A plugin, and how the configuration gives it its options. */
export interface CatalogPlugin extends PluginIdentity {
  /** How the configuration names it under `plugins:`; `undefined` for a member of a preset. */
  readonly specifier: string | undefined;
  /** The schema of the `options` in that entry. */
  readonly optionsSchema: JsonSchema;
}

/** A top-level key of the configuration, and the plugin that owns it. */
export interface CatalogSection {
  readonly name: string;
  readonly description: string;
  readonly plugin: PluginIdentity;
  readonly after: readonly string[];
  readonly schema: JsonSchema;
}

/** Something that can be swapped, and the plugin that opens it. */
export interface CatalogKind {
  readonly name: string;
  readonly description: string;
  readonly plugin: PluginIdentity;
  /** The keys that stand beside `use` whatever the implementation. */
  readonly contract: JsonSchema;
  /** What every implementation must have as a function. */
  readonly methods: readonly string[];
}

/** The methods of its kind that an implementation lacks. */
export function missingMethods(implementation: unknown, kind: CatalogKind | undefined): string[] {
  const isObject = typeof implementation === "object" && implementation !== null;
  const members = isObject ? (implementation as Readonly<Record<string, unknown>>) : {};
  return (kind?.methods ?? []).filter((method) => typeof members[method] !== "function");
}

/** One choice of a kind, and the plugin that provides it. */
export interface CatalogImplementation {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly stability: Stability;
  readonly plugin: PluginIdentity;
  readonly options: JsonSchema;
  /** Implementations that it is built from itself. */
  readonly uses: readonly { readonly kind: string; readonly name: string }[];
}

/** Everything that the plugins of a configuration offer, known from their manifests alone. */
export interface Catalog {
  readonly plugins: readonly CatalogPlugin[];
  readonly sections: ReadonlyMap<string, CatalogSection>;
  readonly kinds: ReadonlyMap<string, CatalogKind>;
  /** By kind, then by name. */
  readonly implementations: ReadonlyMap<string, ReadonlyMap<string, CatalogImplementation>>;
  /** Names that the configuration may refer to without defining them, by word. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
}

export const EMPTY_OBJECT_SCHEMA: JsonSchema = { type: "object", additionalProperties: false, properties: {} };
