import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const sources = globSync("{packages,plugins}/*/src/**/*.ts", {
  exclude: (path) => /\.test\.ts$|\/generated\//.test(path),
});

it("docs/errors.md explains exactly the codes that the sources raise", () => {
  const raised = new Set<string>();
  for (const path of sources) {
    const code = readFileSync(path, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [found] of code.matchAll(/LLMSPELL_E_[A-Z0-9_]+/g)) raised.add(found);
  }
  const documented = [...readFileSync("docs/errors.md", "utf8").matchAll(/^\| `(LLMSPELL_E_[A-Z0-9_]+)` \|/gm)].map(
    ([, code]) => code,
  );
  expect(new Set(documented).size).toBe(documented.length);
  expect(documented.sort()).toEqual([...raised].sort());
});
