import { dirname, join, resolve } from "node:path";
import type { Catalog, Environment, FoundLocation, FoundUse, JsonSchema } from "@llmspell/config";
import {
  ConfigError,
  type ConfigMap,
  type ConfigPath,
  composeSchema,
  type Diagnostic,
  Diagnostics,
  findConfig,
  keepUnchanged,
  nodeAt,
  parseYaml,
  placeAt,
  plainValue,
  type ReadConfig,
  readConfigFile,
  readConfigSource,
  redactedValueOf,
  SEARCH_PLACES,
  SourceFile,
  secretRedactor,
  type ValidatedConfig,
  validateConfig,
  valueAt,
} from "@llmspell/config";
import { buildCatalog } from "./plugins/build-catalog.ts";
import { isLocal, resolveModule } from "./plugins/module-resolution.ts";
import { type ResolvedPlugin, resolvePlugins } from "./plugins/resolve-plugins.ts";

/** Where a configuration comes from: a file, a search from a directory upwards, or an object in memory. */
export type ConfigInput =
  | { readonly path: string }
  | { readonly searchFrom: string }
  | { readonly config: Readonly<Record<string, unknown>>; readonly directory?: string };

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
  const read = await readInput(input, options.environment ?? process.env, diagnostics);
  const redact = secretRedactor(read?.secrets ?? []);
  if (read === undefined) throw new ConfigError(diagnostics.list, redact);

  const root = transformed(read.root, options, diagnostics);
  const plugins = await resolvePlugins(root, diagnostics);
  const catalog = buildCatalog(plugins, diagnostics);
  const isComplete = diagnostics.errors.every(({ code }) => ABOUT_VALUES.has(code));
  const composed = composeSchema(catalog);
  const schema = options.transformSchema?.(composed) ?? composed;
  const found = new Diagnostics();
  const validated = validateConfig(root, schema, catalog, found);
  const uses = withIndirectUses(localize(validated, root, found), catalog, root, found);
  for (const each of found.list) if (isComplete || !isConsequence(each)) diagnostics.add(each);
  if (diagnostics.errors.length > 0) throw new ConfigError(diagnostics.inOrder, redact);

  return {
    path: read.file.path,
    directory: dirname(read.file.path),
    value: validated.value,
    redacted: redactedValueOf(root, validated.value, redact) as Readonly<Record<string, unknown>>,
    schema,
    catalog,
    plugins: plugins.map((plugin) => ({ ...plugin, options: optionsOf(plugin, validated.value) })),
    uses,
    warnings: diagnostics.warnings,
    redact,
  };
}

/** What the plugin's own entry gives it, defaults filled in. */
function optionsOf({ specifier, options }: ResolvedPlugin, { plugins }: ValidatedConfig["value"]): unknown {
  const entries = (plugins ?? []) as readonly (string | { readonly name: string; readonly options?: unknown })[];
  const given = entries.find((entry) => typeof entry === "object" && entry.name === specifier && "options" in entry);
  return typeof given === "object" ? given.options : options;
}

/** Errors that leave a value unknown, but hide no plugin and no part of the configuration. */
const ABOUT_VALUES: ReadonlySet<string> = new Set([
  "LLMSPELL_E_ENVIRONMENT_UNSET",
  "LLMSPELL_E_ENVIRONMENT_SYNTAX",
  "LLMSPELL_E_VARIABLE_UNKNOWN",
]);

const CONSEQUENCES: ReadonlySet<string> = new Set([
  "LLMSPELL_E_SECTION_UNKNOWN",
  "LLMSPELL_E_KIND_UNKNOWN",
  "LLMSPELL_E_IMPLEMENTATION_UNKNOWN",
  "LLMSPELL_E_REFERENCE_UNKNOWN",
  "LLMSPELL_E_PLUGIN_SCHEMA",
]);

/** With a plugin missing, what it would have offered is unknown too, which says nothing new; a slip still does. */
function isConsequence({ code, hint }: Diagnostic): boolean {
  return CONSEQUENCES.has(code) && hint?.startsWith("Did you mean") !== true;
}

async function readInput(
  input: ConfigInput,
  environment: Environment,
  diagnostics: Diagnostics,
): Promise<ReadConfig | undefined> {
  if ("config" in input) {
    const path = join(resolve(input.directory ?? process.cwd()), "<configuration>");
    return readConfigSource(new SourceFile(path, toText(input.config)), environment, diagnostics);
  }
  const path = "path" in input ? resolve(input.path) : await findConfig(resolve(input.searchFrom));
  if (path !== undefined) return readConfigFile(path, environment, diagnostics);
  const places = SEARCH_PLACES.slice(0, 3).join(", ");
  const message = `Found no configuration (${places}, …) here or in a directory above.`;
  const hint = "Name one with --config, or let `llmspell init` write one.";
  diagnostics.error("LLMSPELL_E_CONFIG_NOT_FOUND", message, undefined, hint);
  return undefined;
}

/** JSON is YAML too, so a configuration in memory takes the same way as one in a file. */
function toText(config: Readonly<Record<string, unknown>>): string {
  const refuse = (key: string, value: unknown) => {
    if (typeof value !== "function" && typeof value !== "symbol" && typeof value !== "bigint") return value;
    throw new TypeError(`The configuration's \`${key}\` is a ${typeof value}; it can hold only what YAML can.`);
  };
  return JSON.stringify(config, refuse, 2);
}

function transformed(root: ConfigMap, { transformConfig }: CheckOptions, diagnostics: Diagnostics): ConfigMap {
  if (transformConfig === undefined) return root;
  const before = plainValue(root) as Readonly<Record<string, unknown>>;
  const text = JSON.stringify(transformConfig(before), null, 2);
  if (text === JSON.stringify(before, null, 2)) return root;
  const file = new SourceFile(join(dirname(root.place.file.path), "<configuration after hooks.config>"), text);
  const node = parseYaml(file, diagnostics);
  return node?.kind === "map" ? keepUnchanged(node, root) : root;
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

/** Adds what the chosen implementations are built from, and what that is built from. */
function withIndirectUses(
  chosen: readonly FoundUse[],
  catalog: Catalog,
  root: ConfigMap,
  diagnostics: Diagnostics,
): FoundUse[] {
  const all = new Map<string, FoundUse>();
  const add = (use: FoundUse): void => {
    const key = `${use.kind} ${use.name}`;
    if (all.has(key)) return;
    all.set(key, use);
    for (const needed of catalog.implementations.get(use.kind)?.get(use.name)?.uses ?? []) {
      add({ ...needed, path: use.path });
      if (catalog.implementations.get(needed.kind)?.has(needed.name)) continue;
      const message = `${use.kind} \`${use.name}\` is built from ${needed.kind} \`${needed.name}\`, which no plugin listed under \`plugins\` provides.`;
      diagnostics.error("LLMSPELL_E_IMPLEMENTATION_UNKNOWN", message, placeAt(root, use.path));
    }
  };
  for (const use of chosen) add(use);
  return [...all.values()];
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
