import { existsSync } from "node:fs";
import { basename, dirname, join, parse } from "node:path";

/** Where a configuration is looked for, in every directory from the start up to the repository's root. */
export const SEARCH_PLACES: readonly string[] = [
  "llmspell.config.yaml",
  "llmspell.config.yml",
  "llmspell.config.json",
  ".llmspellrc",
  ".llmspellrc.yaml",
  ".llmspellrc.yml",
  ".llmspellrc.json",
  "package.json",
];

/**
 * The path of the configuration file that holds in a directory; `undefined` when there is none.
 *
 * The search climbs past package.json files, up to the directory that holds `.git` (or the file system's root).
 */
export async function findConfig(from: string): Promise<string | undefined> {
  // Imported here, since a run with --config does not need it.
  const { cosmiconfig } = await import("cosmiconfig");
  // cosmiconfig only finds the file; it is read by the one YAML parser that keeps places.
  const loader = (path: string, content: string) =>
    basename(path) === "package.json" ? packageSection(content) : { path };
  const explorer = cosmiconfig("llmspell", {
    searchPlaces: [...SEARCH_PLACES],
    loaders: { noExt: loader, ".yaml": loader, ".yml": loader, ".json": loader },
    searchStrategy: "global",
    stopDir: repositoryRoot(from),
    ignoreEmptySearchPlaces: false,
  });
  const found = await explorer.search(from);
  return found?.filepath;
}

function packageSection(content: string): unknown {
  const manifest = parsedJson(content);
  if (typeof manifest !== "object" || manifest === null || !("llmspell" in manifest)) return {};
  // In a plugin's package.json, `llmspell` is the path of its manifest, not a configuration.
  return typeof manifest.llmspell === "string" ? {} : { llmspell: manifest.llmspell };
}

/** `undefined` for what is no JSON: a broken package.json on the way up is no configuration of ours. */
function parsedJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function repositoryRoot(from: string): string {
  const { root } = parse(from);
  for (let directory = from; directory !== root; directory = dirname(directory)) {
    if (existsSync(join(directory, ".git"))) return directory;
  }
  return root;
}
