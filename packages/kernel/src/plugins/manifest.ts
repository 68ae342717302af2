import type { Diagnostics, JsonSchema, Stability } from "@llmspell/config";
import {
  type ConfigNode,
  createAjv,
  explainErrors,
  parseYaml,
  placeAt,
  plainValue,
  SourceFile,
} from "@llmspell/config";
import manifestSchema from "@llmspell/schemas/plugin-manifest.schema.json" with { type: "json" };
import validRange from "semver/ranges/valid.js";

/** A schema, or the path of its file relative to the manifest. */
export type SchemaSource = string | JsonSchema;

/** What a plugin opens and provides: the content of llmspell.plugin.json, or the `manifest` export of a local plugin. */
export interface PluginManifest {
  readonly name: string;
  /** The semver range of kernel versions it works with. */
  readonly kernel: string;
  readonly description?: string;
  /** For a preset: the plugins it stands for. */
  readonly plugins?: readonly string[];
  readonly options?: SchemaSource;
  readonly sections?: Readonly<Record<string, ManifestSection>>;
  readonly kinds?: Readonly<Record<string, ManifestKind>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly provides?: readonly ManifestImplementation[];
}

export interface ManifestSection {
  readonly schema: SchemaSource;
  readonly description?: string;
  readonly after?: readonly string[];
}

export interface ManifestKind {
  readonly description: string;
  readonly contract?: SchemaSource;
  /** What every implementation must have as a function; checked when it is created. */
  readonly methods?: readonly string[];
}

export interface ManifestImplementation {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly stability?: Stability;
  readonly options?: SchemaSource;
  /** Implementations that it is built from itself, so that they are loaded with it. */
  readonly uses?: readonly { readonly kind: string; readonly name: string }[];
}

let validator: ReturnType<ReturnType<typeof createAjv>["compile"]> | undefined;

const NOTHING = {
  plugins: [],
  sections: new Map(),
  kinds: new Map(),
  implementations: new Map(),
  names: new Map(),
};

/**
 * Checks a manifest's text.
 *
 * @returns `undefined` when it is not valid; `diagnostics` then say why, with places in the manifest
 */
export function parseManifest(path: string, text: string, diagnostics: Diagnostics): PluginManifest | undefined {
  const before = diagnostics.errors.length;
  const root = parseYaml(new SourceFile(path, text), diagnostics);
  if (root === undefined) {
    if (diagnostics.errors.length === before) {
      diagnostics.error("LLMSPELL_E_PLUGIN_MANIFEST", `The plugin manifest ${path} is empty.`);
    }
    return undefined;
  }
  validator ??= createAjv().compile(manifestSchema);
  const value = plainValue(root);
  if (validator(value)) return withKernelRange(value as PluginManifest, root, diagnostics);
  for (const found of explainErrors(validator.errors ?? [], {
    root,
    value,
    catalog: NOTHING,
    schema: manifestSchema,
  })) {
    diagnostics.error(
      "LLMSPELL_E_PLUGIN_MANIFEST",
      found.message.replace("The configuration", "The manifest"),
      found.place,
      found.hint,
    );
  }
  return undefined;
}

/** JSON Schema cannot say what a semver range is. */
function withKernelRange(
  manifest: PluginManifest,
  root: ConfigNode,
  diagnostics: Diagnostics,
): PluginManifest | undefined {
  if (validRange(manifest.kernel) !== null) return manifest;
  const message = `\`kernel\` must be a semver range, such as ">=0.1.0 <1.0.0"; found "${manifest.kernel}".`;
  diagnostics.error("LLMSPELL_E_PLUGIN_MANIFEST", message, placeAt(root, ["kernel"]));
  return undefined;
}
