import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

type Dependencies = Readonly<Record<string, string>>;

const external = new Map<string, string>();
for (const path of ["package.json", ...globSync("{schemas,packages/*,plugins/*}/package.json")]) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(path, "utf8")) as {
    dependencies?: Dependencies;
    devDependencies?: Dependencies;
  };
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (name !== "llmspell" && !name.startsWith("@llmspell/")) external.set(name, version);
  }
}

it("every dependency has its reason in docs/dependencies.md, and no reason is left over", () => {
  const documented = [...readFileSync("docs/dependencies.md", "utf8").matchAll(/^\| `([^`]+)` \|/gm)].map(
    ([, name]) => name,
  );
  expect(documented.sort()).toEqual([...external.keys()].sort());
});

it("every dependency is pinned to an exact version", () => {
  const loose = [...external].filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  expect(loose).toEqual([]);
});
