import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface PackageJson {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
  readonly version: string;
}

/** From the ground up; a package may depend only on packages of rows before its own. Every plugin is in one row. */
const LAYERS: readonly (readonly string[])[] = [
  ["@llmspell/schemas", "@llmspell/base"],
  ["@llmspell/expressions", "@llmspell/child-processes"],
  ["@llmspell/config"],
  ["@llmspell/kernel"],
  ["@llmspell/resilience"],
  ["@llmspell/hooks", "@llmspell/events", "@llmspell/tools"],
  ["@llmspell/agents"],
  ["@llmspell/pipelines"],
  ["@llmspell/monitor"],
  ["@llmspell/simulation"],
  ["@llmspell/plugin-*"],
  ["@llmspell/standard"],
  ["llmspell"],
  ["@llmspell/testkit"],
];

const manifests = globSync("{schemas,packages/*,plugins/*}/package.json")
  .sort()
  .map((path) => ({ path, manifest: JSON.parse(readFileSync(path, "utf8")) as PackageJson }));

function layerOf(name: string): number {
  const layer = name.startsWith("@llmspell/plugin-") ? "@llmspell/plugin-*" : name;
  return LAYERS.findIndex((names) => names.includes(layer));
}

function internalDependencies({ dependencies = {}, peerDependencies = {} }: PackageJson): string[] {
  return Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (name) => name === "llmspell" || name.startsWith("@llmspell/"),
  );
}

describe.each(manifests)("$manifest.name", ({ path, manifest }) => {
  it("depends only downwards, so that the packages form no circle", () => {
    const layer = layerOf(manifest.name);
    expect(layer, `${manifest.name} has no layer`).toBeGreaterThanOrEqual(0);
    const upwards = internalDependencies(manifest).filter((name) => layerOf(name) >= layer);
    expect(upwards).toEqual([]);
  });

  it("references in its tsconfig what it depends on, and nothing else", () => {
    const tsconfigPath = path.replace("package.json", "tsconfig.json");
    const [tsconfig] = globSync(tsconfigPath);
    if (tsconfig === undefined) return expect(["@llmspell/schemas", "@llmspell/standard"]).toContain(manifest.name);
    const { references } = JSON.parse(readFileSync(tsconfig, "utf8")) as { references: { path: string }[] };
    const referenced = references.map(({ path }) => {
      return `@llmspell/${path.startsWith("../../plugins/") ? "plugin-" : ""}${path.split("/").at(-1)}`;
    });
    const compiled = internalDependencies(manifest).filter(
      (name) => !["@llmspell/schemas", "@llmspell/standard"].includes(name),
    );
    expect(referenced.sort()).toEqual(compiled.sort());
  });

  it("says which Node it runs on, and carries the version of all", () => {
    expect(manifest.engines?.node).toBe("^22.18 || >=24");
    expect(manifest.version).toBe(manifests[0]?.manifest.version);
  });
});

it("a plugin depends on no other plugin", () => {
  const plugins = manifests.filter(({ path }) => path.startsWith("plugins/"));
  for (const { manifest } of plugins) {
    expect(internalDependencies(manifest).filter((name) => name.startsWith("@llmspell/plugin-"))).toEqual([]);
  }
});
