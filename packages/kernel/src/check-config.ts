import { dirname, resolve } from "node:path";
import type { Catalog, Environment, FoundLocation, FoundUse, JsonSchema } from "@llmspell/config";
import {
  ConfigError,
  type ConfigInput,
  type ConfigMap,
  type ConfigPath,
  composeSchema,
  type Diagnostic,
  Diagnostics,
  nodeAt,
  placeAt,
  readConfig,
  redactedValueOf,
  secretRedactor,
  transformed,
  type ValidatedConfig,
  validateConfig,
  valueAt,
  withIndirectUses,
  withoutConsequences,
} from "@llmspell/config";
import { buildCatalog } from "./plugins/build-catalog.ts";
import { isLocal, resolveModule } from "./plugins/module-resolution.ts";
import { type ResolvedPlugin, resolvePlugins } from "./plugins/resolve-plugins.ts";

/** What a check looks things up in, and what an embedder changes on the way. */
export interface CheckOptions {
  /** Defaults to the process's environment. */
  readonly environment?: Environment;
  /** What an embedder does to the configuration before it is validated. */
  readonly transformConfig?: (config: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** What an embedder does to the schema before it is compiled. */
  readonly transformSchema?: (schema: JsonSchema) => JsonSchema;
}

/** A configuration that is valid in itself; no plugin's code has run, except that of local files. */
export interface CheckedConfig {
  /** The file, or `<configuration>` in a directory when it came from memory. */
  readonly path: string;
  readonly directory: string;
  /** Every key, defaults filled in, paths absolute. */
  readonly value: Readonly<Record<string, unknown>>;
  /** The same for printing: what came from the environment is named, not shown. */
  readonly redacted: Readonly<Record<string, unknown>>;
  readonly schema: JsonSchema;
  readonly catalog: Catalog;
  readonly plugins: readonly ResolvedPlugin[];
  /** The implementations that it chooses; a local module by its URL. */
  readonly uses: readonly FoundUse[];
  readonly warnings: readonly Diagnostic[];
  /** Takes the environment's values out of a text. */
  redact(text: string): string;
}

/**
 * Reads, merges and validates a configuration: the whole of `llmspell validate`.
 *
 * @throws ConfigError (LLMSPELL_E_CONFIG_INVALID) with everything that is wrong
 */
export async function checkConfig(input: ConfigInput, options: CheckOptions = {}): Promise<CheckedConfig> {
  const diagnostics = new Diagnostics();
  const read = await readConfig(input, options.environment ?? process.env, diagnostics);
  const redact = secretRedactor(read?.secrets ?? []);
  if (read === undefined) throw new ConfigError(diagnostics.list, redact);

  const { transformConfig } = options;
  const root = transformConfig === undefined ? read.root : transformed(read.root, transformConfig, diagnostics);
  const plugins = await resolvePlugins(root, diagnostics);
  const catalog = buildCatalog(plugins, diagnostics);
  const composed = composeSchema(catalog);
  const schema = options.transformSchema?.(composed) ?? composed;
  const found = new Diagnostics();
  const validated = validateConfig(root, schema, catalog, found);
  const uses = withIndirectUses(localize(validated, root, found), catalog, root, found);
  for (const each of withoutConsequences(found.list, diagnostics.errors)) diagnostics.add(each);
  if (diagnostics.errors.length > 0) throw new ConfigError(diagnostics.inOrder, redact);

  return {
    path: read.file.path,
    directory: dirname(read.file.path),
    value: validated.value,
    redacted: redactedValueOf(root, validated.value, redact) as Readonly<Record<string, unknown>>,
    schema,
    catalog,
    plugins,
    uses,
    warnings: diagnostics.warnings,
    redact,
  };
}

/** Makes paths and modules absolute, each from the file that names it, in the validated value. */
function localize({ value, findings }: ValidatedConfig, root: ConfigMap, diagnostics: Diagnostics): FoundUse[] {
  for (const location of findings.locations) {
    const absolute = absoluteLocation(location, value, root, diagnostics);
    if (absolute !== undefined) replaceAt(value, location.path, absolute);
  }
  return findings.uses.map((use) => {
    if (!isLocal(use.name)) return use;
    const isName = typeof valueAt(value, use.path) === "string";
    const path = isName ? use.path : [...use.path, "use"];
    const url = absoluteLocation({ form: "module", path }, value, root, diagnostics);
    if (url === undefined) return use;
    replaceAt(value, path, url);
    return { ...use, name: url };
  });
}

function absoluteLocation(
  { form, path }: FoundLocation,
  value: unknown,
  root: ConfigMap,
  diagnostics: Diagnostics,
): string | undefined {
  const written = String(valueAt(value, path));
  const fromFile = nodeAt(root, path).place.file.path;
  if (form === "path") return resolve(dirname(fromFile), written);
  const url = resolveModule(written, fromFile);
  if (url !== undefined) return url;
  const message = `There is no module ${written} (looked from ${dirname(fromFile)}).`;
  diagnostics.error("LLMSPELL_E_MODULE_NOT_FOUND", message, placeAt(root, path));
  return undefined;
}

function replaceAt(value: unknown, path: ConfigPath, replacement: string): void {
  const parent = valueAt(value, path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1);
  if (key !== undefined) parent[key] = replacement;
}
