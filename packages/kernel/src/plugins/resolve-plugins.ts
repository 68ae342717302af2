import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { messageOf } from "@llmspell/base";
import type { ConfigMap, ConfigNode, Diagnostics, Place, PluginIdentity } from "@llmspell/config";
import { plainValue } from "@llmspell/config";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import { KERNEL_VERSION } from "../version.ts";
import { type PluginManifest, parseManifest } from "./manifest.ts";
import { isLocal, packageEntry, packageJsonOf } from "./module-resolution.ts";

/** A plugin that was found, read and found to fit; its code has not run, unless it is a local file. */
export interface ResolvedPlugin extends PluginIdentity {
  readonly manifest: PluginManifest;
  /** Finds the module to import, as a URL; `undefined` when there is none. Asked only when the plugin is used. */
  findEntry(): string | undefined;
  /** How the configuration itself names it; `undefined` when only a preset does. */
  readonly specifier: string | undefined;
  /** The `options` of its entry as written, so that two entries can be compared; `undefined` without any. */
  readonly options: unknown;
  /** Where the configuration names it (for a preset's member: where it names the preset). */
  readonly place: Place;
}

interface Request {
  readonly specifier: string;
  readonly version: { readonly range: string; readonly place: Place } | undefined;
  /** `undefined` when the entry gives none. */
  readonly options: unknown;
  readonly place: Place;
  /** The file that names it: resolution starts there. */
  readonly from: string;
  /** The presets that led here, for messages. */
  readonly presets: readonly string[];
}

/** Finds every plugin that a configuration names, presets unfolded, each once. What does not fit is reported. */
export async function resolvePlugins(root: ConfigMap, diagnostics: Diagnostics): Promise<ResolvedPlugin[]> {
  const resolver = new PluginResolver(diagnostics);
  const list = root.entries.get("plugins")?.node;
  for (const node of list?.kind === "list" ? list.items : []) {
    const request = requestOf(node);
    if (request !== undefined) await resolver.resolve(request);
  }
  return [...resolver.found.values()];
}

function requestOf(node: ConfigNode): Request | undefined {
  const field = (name: string) => (node.kind === "map" ? node.entries.get(name)?.node : undefined);
  const nameNode = node.kind === "scalar" ? node : field("name");
  // An entry of another shape is reported by the schema.
  if (nameNode?.kind !== "scalar" || typeof nameNode.value !== "string" || nameNode.value === "") return undefined;
  const version = field("version");
  const options = field("options");
  return {
    specifier: nameNode.value,
    // A version that is no string is reported by the schema.
    version:
      version?.kind === "scalar" && typeof version.value === "string"
        ? { range: version.value, place: version.place }
        : undefined,
    options: options === undefined ? undefined : plainValue(options),
    place: nameNode.place,
    from: nameNode.place.file.path,
    presets: [],
  };
}

class PluginResolver {
  readonly found = new Map<string, ResolvedPlugin>();
  readonly #diagnostics: Diagnostics;
  readonly #presets = new Set<string>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  async resolve(request: Request): Promise<void> {
    const local = isLocal(request.specifier) ? localPath(request) : undefined;
    const isFile = local !== undefined && !isDirectory(local);
    const plugin = isFile ? await this.#fromFile(local, request) : this.#fromPackage(local, request);
    if (plugin === undefined || !this.#fits(plugin, request)) return;
    const twin = this.found.get(plugin.name);
    if (twin !== undefined && twin.path !== plugin.path) {
      const message = `Two plugins are named \`${plugin.name}\`: ${twin.path} and ${plugin.path}.`;
      this.#error("LLMSPELL_E_PLUGIN_COLLISION", message, request, "Remove one of them from `plugins`.");
      return;
    }
    this.found.set(plugin.name, twin === undefined ? plugin : this.#joined(twin, plugin, request));
    await this.#unfold(plugin, request);
  }

  /** A plugin that is listed twice, as by a preset and by an entry of its own, has the options that one of them gives. */
  #joined(twin: ResolvedPlugin, plugin: ResolvedPlugin, request: Request): ResolvedPlugin {
    if (plugin.options === undefined)
      return twin.specifier === undefined ? { ...twin, specifier: plugin.specifier } : twin;
    if (twin.options === undefined)
      return { ...twin, specifier: plugin.specifier, options: plugin.options, place: plugin.place };
    if (!isDeepStrictEqual(twin.options, plugin.options)) {
      const message = `The plugin \`${plugin.name}\` is listed twice, with different options.`;
      this.#error("LLMSPELL_E_PLUGIN_COLLISION", message, request, "Give its options in one place.");
    }
    return twin;
  }

  /** Resolves what a preset lists, from the preset's own directory. */
  async #unfold(plugin: ResolvedPlugin, request: Request): Promise<void> {
    if (this.#presets.has(plugin.path)) return;
    this.#presets.add(plugin.path);
    for (const specifier of plugin.manifest.plugins ?? []) {
      const presets = [...request.presets, plugin.name];
      await this.resolve({ ...request, specifier, version: undefined, options: undefined, from: plugin.path, presets });
    }
  }

  #fromPackage(directory: string | undefined, request: Request): ResolvedPlugin | undefined {
    const { specifier, from } = request;
    const packagePath = directory === undefined ? installedPackage(specifier, from) : join(directory, "package.json");
    if (packagePath === undefined || !existsSync(packagePath)) return this.#missing(directory, request);
    const description = this.#packageDescription(packagePath, request);
    if (description === undefined) return undefined;
    const manifestPath = join(dirname(packagePath), String(description["llmspell"]));
    if (typeof description["llmspell"] !== "string" || !existsSync(manifestPath) || isDirectory(manifestPath)) {
      const message = `The package \`${specifier}\` has no plugin manifest, so it is no llmspell plugin.`;
      const hint = 'Its package.json should say `"llmspell": "./llmspell.plugin.json"`, and that file should exist.';
      return this.#error("LLMSPELL_E_PLUGIN_NO_MANIFEST", message, request, hint);
    }
    const manifest = parseManifest(manifestPath, readFileSync(manifestPath, "utf8"), this.#diagnostics);
    if (manifest === undefined) return undefined;
    return {
      name: manifest.name,
      version: String(description["version"] ?? "0.0.0"),
      path: manifestPath,
      manifest,
      findEntry: () => packageEntry(packagePath, description),
      options: request.options,
      specifier: request.presets.length === 0 ? request.specifier : undefined,
      place: request.place,
    };
  }

  #missing(directory: string | undefined, request: Request): undefined {
    const { specifier, from } = request;
    if (directory !== undefined) {
      const message = `The directory ${directory} has no package.json, so it is no plugin package.`;
      return this.#error("LLMSPELL_E_PLUGIN_NOT_FOUND", message, request, "Name a plugin's file or its package.");
    }
    const message = `The plugin \`${specifier}\` is not installed (looked from ${dirname(from)}, and from llmspell itself).`;
    const isFile = existsSync(resolve(dirname(from), specifier));
    const hint = isFile
      ? `For the file or directory, write \`./${specifier}\`.`
      : `Install it: npm install ${specifier}`;
    return this.#error("LLMSPELL_E_PLUGIN_NOT_FOUND", message, request, hint);
  }

  #packageDescription(path: string, request: Request): Readonly<Record<string, unknown>> | undefined {
    try {
      const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
      if (isRecord(parsed)) return parsed;
      return this.#error("LLMSPELL_E_PLUGIN_NO_MANIFEST", `${path} is no JSON object.`, request);
    } catch (error) {
      const message = `${path} cannot be read: ${messageOf(error)}.`;
      return this.#error("LLMSPELL_E_PLUGIN_NO_MANIFEST", message, request);
    }
  }

  /** A local file is the user's own code: it carries its manifest in itself and may run already now. */
  async #fromFile(path: string, request: Request): Promise<ResolvedPlugin | undefined> {
    if (!existsSync(path)) {
      const message = `There is no plugin file ${path}.`;
      return this.#error("LLMSPELL_E_PLUGIN_NOT_FOUND", message, request);
    }
    const entry = pathToFileURL(path).href;
    let module: Readonly<Record<string, unknown>>;
    try {
      module = await import(entry);
    } catch (error) {
      const message = `The plugin ${request.specifier} fails when it is imported: ${messageOf(error)}.`;
      return this.#error("LLMSPELL_E_PLUGIN_IMPORT", message, request);
    }
    if (module["manifest"] === undefined) {
      const message = `The local plugin ${request.specifier} does not export its manifest.`;
      const hint = "Add `export const manifest = { name: …, kernel: …, provides: […] }` beside its default export.";
      return this.#error("LLMSPELL_E_PLUGIN_NO_MANIFEST", message, request, hint);
    }
    const manifest = parseManifest(path, JSON.stringify(module["manifest"], null, 2), this.#diagnostics);
    if (manifest === undefined) return undefined;
    return {
      name: manifest.name,
      version: "0.0.0",
      path,
      manifest,
      findEntry: () => entry,
      options: request.options,
      specifier: request.presets.length === 0 ? request.specifier : undefined,
      place: request.place,
    };
  }

  #fits({ name, version, manifest }: ResolvedPlugin, request: Request): boolean {
    if (!satisfies(KERNEL_VERSION, manifest.kernel)) {
      const message = `The plugin \`${name}\` ${version} needs a kernel ${manifest.kernel}; this one is ${KERNEL_VERSION}.`;
      this.#error(
        "LLMSPELL_E_PLUGIN_KERNEL",
        message,
        request,
        "Install a version of the plugin that fits, or update llmspell.",
      );
      return false;
    }
    if (request.version === undefined || satisfies(version, request.version.range)) return true;
    const { range, place } = request.version;
    const isRange = validRange(range) !== null;
    const message = isRange
      ? `The configuration wants \`${name}\` ${range}; found ${version}.`
      : `"${range}" is no semver range, such as ^1.0.0 or ">=1.2.0 <3".`;
    const install = isLocal(request.specifier) ? undefined : `Install one that fits: npm install ${name}@'${range}'`;
    this.#error("LLMSPELL_E_PLUGIN_VERSION", message, { ...request, place }, isRange ? install : undefined);
    return false;
  }

  #error(code: `LLMSPELL_E_${string}`, message: string, { place, presets }: Request, hint?: string): undefined {
    const via =
      presets.length === 0
        ? ""
        : ` It is listed by the preset ${presets.map((preset) => `\`${preset}\``).join(" → ")}.`;
    this.#diagnostics.error(code, message + via, place, hint);
  }
}

function localPath({ specifier, from }: Request): string {
  if (!specifier.startsWith("file:")) return resolve(dirname(from), specifier);
  try {
    return fileURLToPath(specifier);
  } catch {
    // A URL of another machine leads to no file here, and is reported as one that is missing.
    return specifier;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Beside the file that names it, or else beside llmspell: a configuration in a folder without packages can use what comes with it. */
function installedPackage(specifier: string, from: string): string | undefined {
  return packageJsonOf(specifier, from) ?? packageJsonOf(specifier, import.meta.filename);
}
