import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf } from "@llmspell/base";
import type { ConfigMap, ConfigNode, Diagnostics, Place, PluginIdentity } from "@llmspell/config";
import { plainValue } from "@llmspell/config";
import semver from "semver";
import { KERNEL_VERSION } from "../version.ts";
import { type PluginManifest, parseManifest } from "./manifest.ts";
import { isLocal, packageJsonOf, resolveModule } from "./module-resolution.ts";

/** A plugin that was found, read and found to fit; its code has not run, unless it is a local file. */
export interface ResolvedPlugin extends PluginIdentity {
  readonly manifest: PluginManifest;
  /** URL of the module to import; `undefined` for a plugin without code (a preset). */
  readonly entry: string | undefined;
  /** The `options` of its entry under `plugins:`. */
  readonly options: unknown;
  /** Where the configuration names it (for a preset's member: where it names the preset). */
  readonly place: Place;
}

interface Request {
  readonly specifier: string;
  readonly version: string | undefined;
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
    version: version?.kind === "scalar" ? String(version.value) : undefined,
    options: options === undefined ? {} : plainValue(options),
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
    const isFile = local !== undefined && !(existsSync(local) && statSync(local).isDirectory());
    const plugin = isFile ? await this.#fromFile(local, request) : this.#fromPackage(local, request);
    if (plugin === undefined || !this.#fits(plugin, request)) return;
    const twin = this.found.get(plugin.name);
    if (twin !== undefined && twin.path !== plugin.path) {
      const message = `Two plugins are named \`${plugin.name}\`: ${twin.path} and ${plugin.path}.`;
      this.#error("LLMSPELL_E_PLUGIN_COLLISION", message, request, "Remove one of them from `plugins`.");
      return;
    }
    if (twin === undefined) this.found.set(plugin.name, plugin);
    await this.#unfold(plugin, request);
  }

  /** Resolves what a preset lists, from the preset's own directory. */
  async #unfold(plugin: ResolvedPlugin, request: Request): Promise<void> {
    if (this.#presets.has(plugin.path)) return;
    this.#presets.add(plugin.path);
    for (const specifier of plugin.manifest.plugins ?? []) {
      const presets = [...request.presets, plugin.name];
      await this.resolve({ ...request, specifier, version: undefined, options: {}, from: plugin.path, presets });
    }
  }

  #fromPackage(directory: string | undefined, request: Request): ResolvedPlugin | undefined {
    const { specifier, from } = request;
    const packagePath = directory === undefined ? packageJsonOf(specifier, from) : join(directory, "package.json");
    if (packagePath === undefined || !existsSync(packagePath)) {
      const message = `The plugin \`${specifier}\` is not installed (looked from ${dirname(from)}).`;
      return this.#error("LLMSPELL_E_PLUGIN_NOT_FOUND", message, request, `Install it: npm install ${specifier}`);
    }
    const description = JSON.parse(readFileSync(packagePath, "utf8")) as Readonly<Record<string, unknown>>;
    const manifestPath = join(dirname(packagePath), String(description["llmspell"]));
    if (typeof description["llmspell"] !== "string" || !existsSync(manifestPath)) {
      const message = `The package \`${specifier}\` has no plugin manifest, so it is no llmspell plugin.`;
      const hint = 'Its package.json should say `"llmspell": "./llmspell.plugin.json"`, and that file should exist.';
      return this.#error("LLMSPELL_E_PLUGIN_NO_MANIFEST", message, request, hint);
    }
    const manifest = parseManifest(manifestPath, readFileSync(manifestPath, "utf8"), this.#diagnostics);
    if (manifest === undefined) return undefined;
    const hasCode = Object.keys(manifest.sections ?? {}).length + (manifest.provides ?? []).length > 0;
    const packageName = String(description["name"]);
    return {
      name: manifest.name,
      version: String(description["version"] ?? "0.0.0"),
      path: manifestPath,
      manifest,
      entry: hasCode ? (resolveModule(packageName, manifestPath) ?? resolveModule(packageName, from)) : undefined,
      options: request.options,
      place: request.place,
    };
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
      entry,
      options: request.options,
      place: request.place,
    };
  }

  #fits({ name, version, manifest }: ResolvedPlugin, request: Request): boolean {
    if (!semver.satisfies(KERNEL_VERSION, manifest.kernel)) {
      const message = `The plugin \`${name}\` ${version} needs a kernel ${manifest.kernel}; this one is ${KERNEL_VERSION}.`;
      this.#error(
        "LLMSPELL_E_PLUGIN_KERNEL",
        message,
        request,
        "Install a version of the plugin that fits, or update llmspell.",
      );
      return false;
    }
    if (request.version === undefined || semver.satisfies(version, request.version)) return true;
    const problem = semver.validRange(request.version) === null ? "which is no semver range" : `found ${version}`;
    const message = `The configuration wants \`${name}\` ${request.version}; ${problem}.`;
    this.#error(
      "LLMSPELL_E_PLUGIN_VERSION",
      message,
      request,
      `Install a version that fits: npm install ${name}@'${request.version}'`,
    );
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
  return specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(dirname(from), specifier);
}
