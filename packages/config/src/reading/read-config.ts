import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { messageOf } from "@llmspell/base";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { displayPath } from "../diagnostics/format-diagnostic.ts";
import { type Place, SourceFile } from "../diagnostics/source-file.ts";
import type { ConfigMap, ConfigNode } from "./config-node.ts";
import { ConfigMerger } from "./merge-config.ts";
import { parseYaml } from "./parse-yaml.ts";
import { type Environment, type Secret, Substitution } from "./substitute.ts";

/** A configuration as it was read: merged from all its files, environment values in place, not yet validated. */
export interface ReadConfig {
  readonly file: SourceFile;
  readonly root: ConfigMap;
  readonly secrets: readonly Secret[];
}

/**
 * Reads a configuration file and everything it imports.
 *
 * @returns `undefined` when it cannot be read; `diagnostics` then say why
 */
export async function readConfigFile(
  path: string,
  environment: Environment,
  diagnostics: Diagnostics,
): Promise<ReadConfig | undefined> {
  const file = await readSource(path, path, diagnostics);
  return file === undefined ? undefined : readConfigSource(file, environment, diagnostics);
}

/** Reads a configuration from a text in memory, as `readConfigFile` does from a file. */
export async function readConfigSource(
  file: SourceFile,
  environment: Environment,
  diagnostics: Diagnostics,
): Promise<ReadConfig | undefined> {
  const merged = await new ImportReader(diagnostics, dirname(file.path)).read(file);
  if (merged === undefined) return undefined;
  const substitution = new Substitution(environment, diagnostics);
  return { file, root: substitution.apply(merged), secrets: substitution.secrets };
}

/** Reads a file and all that it imports, each file once, however many import it. */
class ImportReader {
  readonly #diagnostics: Diagnostics;
  readonly #directory: string;
  /** What each file imports, directly or through others, by path; what is imported comes first. */
  readonly #imported = new Map<string, ReadonlySet<string>>();
  readonly #maps: ConfigMap[] = [];

  constructor(diagnostics: Diagnostics, directory: string) {
    this.#diagnostics = diagnostics;
    this.#directory = directory;
  }

  async read(file: SourceFile): Promise<ConfigMap | undefined> {
    if (!(await this.#readFile(file, []))) return undefined;
    const merger = new ConfigMerger(
      ({ keyPlace: upper }, { keyPlace: lower }) => this.#imported.get(upper.file.path)?.has(lower.file.path) === true,
    );
    const merged = this.#maps.reduce((lower, upper) => merger.merge(lower, upper));
    merger.reportConflicts(merged, this.#diagnostics, this.#directory);
    return merged;
  }

  /** Takes a file in, after all that it imports; whether it holds a configuration. */
  async #readFile(file: SourceFile, importers: readonly string[]): Promise<boolean> {
    const before = this.#diagnostics.errors.length;
    const parsed = parseYaml(file, this.#diagnostics);
    if (parsed === undefined && this.#diagnostics.errors.length === before) this.#empty(file);
    const own = parsed === undefined ? undefined : this.#configMap(file, parsed);
    if (own === undefined) return false;
    const imports = own.entries.get("imports");
    const all = new Set<string>();
    for (const entry of imports === undefined ? [] : this.#importList(imports.node)) {
      const path = resolve(dirname(file.path), entry.value);
      await this.#readImport(path, entry.place, [...importers, file.path]);
      for (const each of [path, ...(this.#imported.get(path) ?? [])]) all.add(each);
    }
    this.#imported.set(file.path, all);
    this.#maps.push({ ...own, entries: new Map([...own.entries].filter(([key]) => key !== "imports")) });
    return true;
  }

  #importList(imports: ConfigNode): { readonly value: string; readonly place: Place }[] {
    const items = imports.kind === "list" ? imports.items : [imports];
    return items.flatMap((item) => {
      const { place } = item;
      if (imports.kind === "list" && item.kind === "scalar" && typeof item.value === "string") {
        return [{ value: item.value, place }];
      }
      const message = "Expected a list of paths of YAML files under `imports`.";
      this.#diagnostics.error("LLMSPELL_E_CONFIG_TYPE", message, place);
      return [];
    });
  }

  async #readImport(path: string, place: Place, chain: readonly string[]): Promise<void> {
    if (chain.includes(path)) {
      const circle = [...chain.slice(chain.indexOf(path)), path].map((file) => displayPath(file, this.#directory));
      const message = `The imports form a circle: ${circle.join(" → ")}.`;
      this.#diagnostics.error("LLMSPELL_E_IMPORT_CIRCLE", message, place);
      return;
    }
    if (this.#imported.has(path)) return;
    const file = await readSource(path, displayPath(path, this.#directory), this.#diagnostics, place);
    if (file !== undefined) await this.#readFile(file, chain);
  }

  /** The map that a file holds; for a package.json, what stands under its `llmspell` key. */
  #configMap(file: SourceFile, parsed: ConfigNode): ConfigMap | undefined {
    const isPackage = basename(file.path) === "package.json";
    const node = isPackage && parsed.kind === "map" ? parsed.entries.get("llmspell")?.node : parsed;
    if (node?.kind === "map") return node;
    const found = node === undefined ? "nothing" : node.kind === "list" ? "a list" : "a single value";
    const message = `Expected a map of sections (\`name\`, \`plugins\`, …), found ${found}.`;
    const place = node === undefined ? undefined : { ...node.place, end: node.place.start + 1 };
    this.#diagnostics.error("LLMSPELL_E_CONFIG_TYPE", message, place);
    return undefined;
  }

  #empty(file: SourceFile): void {
    const place = { file, start: 0, end: 1 };
    const hint = "Start with `name:` and `plugins:`, or let `llmspell init` write an example.";
    this.#diagnostics.error("LLMSPELL_E_CONFIG_EMPTY", "The configuration is empty.", place, hint);
  }
}

/** @param shown how messages write the path */
async function readSource(
  path: string,
  shown: string,
  diagnostics: Diagnostics,
  place?: Place,
): Promise<SourceFile | undefined> {
  try {
    return new SourceFile(path, await readFile(path, "utf8"));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const message = isMissing ? `There is no file ${shown}.` : `The file ${shown} cannot be read: ${messageOf(error)}.`;
    diagnostics.error("LLMSPELL_E_CONFIG_NOT_FOUND", message, place);
    return undefined;
  }
}
