import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { messageOf } from "@llmspell/base";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { displayPath } from "../diagnostics/format-diagnostic.ts";
import { type Place, SourceFile } from "../diagnostics/source-file.ts";
import type { ConfigMap, ConfigNode } from "./config-node.ts";
import { combine, overlay } from "./merge-config.ts";
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
  const merged = await new ImportReader(diagnostics, dirname(file.path)).read(file, []);
  if (merged === undefined) return undefined;
  const substitution = new Substitution(environment, diagnostics);
  return { file, root: substitution.apply(merged), secrets: substitution.secrets };
}

class ImportReader {
  readonly #diagnostics: Diagnostics;
  readonly #directory: string;

  constructor(diagnostics: Diagnostics, directory: string) {
    this.#diagnostics = diagnostics;
    this.#directory = directory;
  }

  async read(file: SourceFile, importers: readonly string[]): Promise<ConfigMap | undefined> {
    const before = this.#diagnostics.errors.length;
    const parsed = parseYaml(file, this.#diagnostics);
    if (parsed === undefined) {
      if (this.#diagnostics.errors.length === before) this.#empty(file);
      return undefined;
    }
    const own = this.#configMap(file, parsed);
    const imports = own?.entries.get("imports")?.node;
    if (own === undefined || imports === undefined) return own;
    const rest = new Map([...own.entries].filter(([key]) => key !== "imports"));
    const imported = await this.#readImports(imports, file, [...importers, file.path]);
    return imported === undefined ? { ...own, entries: rest } : overlay(imported, { ...own, entries: rest });
  }

  async #readImports(
    imports: ConfigNode,
    importer: SourceFile,
    chain: readonly string[],
  ): Promise<ConfigMap | undefined> {
    let combined: ConfigMap | undefined;
    for (const entry of imports.kind === "list" ? imports.items : [imports]) {
      if (entry.kind !== "scalar" || typeof entry.value !== "string") {
        const message = "Expected a list of paths of YAML files under `imports`.";
        this.#diagnostics.error("LLMSPELL_E_CONFIG_TYPE", message, entry.place);
        continue;
      }
      const imported = await this.#readImport(resolve(dirname(importer.path), entry.value), entry.place, chain);
      if (imported === undefined) continue;
      combined = combined === undefined ? imported : combine(combined, imported, this.#diagnostics, this.#directory);
    }
    return combined;
  }

  async #readImport(path: string, place: Place, chain: readonly string[]): Promise<ConfigMap | undefined> {
    if (chain.includes(path)) {
      const circle = [...chain.slice(chain.indexOf(path)), path].map((file) => displayPath(file, this.#directory));
      const message = `The imports form a circle: ${circle.join(" → ")}.`;
      this.#diagnostics.error("LLMSPELL_E_IMPORT_CIRCLE", message, place);
      return undefined;
    }
    const file = await readSource(path, displayPath(path, this.#directory), this.#diagnostics, place);
    return file === undefined ? undefined : this.read(file, chain);
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
