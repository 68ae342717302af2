import { existsSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { moduleResolve } from "import-meta-resolve";

/** Conditions of `exports` in force in this process: Node's own and those given by `--conditions`. */
const conditions = new Set(["node", "import", "module-sync", ...givenConditions()]);

/** Whether a specifier names a file rather than a package. */
export function isLocal(specifier: string): boolean {
  return /^(\.{1,2}(\/|$)|\/|file:)/.test(specifier);
}

/** The package.json of an installed package, seen from a file; `undefined` when it is not installed. */
export function packageJsonOf(name: string, fromFile: string): string | undefined {
  try {
    return findPackageJSON(name, pathToFileURL(fromFile));
  } catch {
    return undefined;
  }
}

/** The URL of a package's main module: by its `exports`, seen from itself, or else its `main`. */
export function packageEntry(packageJson: string, description: Readonly<Record<string, unknown>>): string | undefined {
  if ("exports" in description) return resolveModule(String(description["name"]), packageJson);
  return resolveModule(
    pathToFileURL(join(dirname(packageJson), String(description["main"] ?? "index.js"))).href,
    packageJson,
  );
}

/** The URL of a module, seen from a file; `undefined` when there is none. Local paths and packages alike. */
export function resolveModule(specifier: string, fromFile: string): string | undefined {
  try {
    const url = isLocal(specifier)
      ? new URL(specifier.startsWith("/") ? pathToFileURL(specifier).href : specifier, pathToFileURL(fromFile))
      : moduleResolve(specifier, pathToFileURL(fromFile), conditions);
    return existsSync(url) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function givenConditions(): string[] {
  const words = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  return words.flatMap((word, index) => {
    const inline = /^(?:--conditions|-C)=(.+)$/.exec(word)?.[1];
    if (inline !== undefined) return [inline];
    const next = words[index + 1];
    return (word === "--conditions" || word === "-C") && next !== undefined ? [next] : [];
  });
}
