import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkConfig } from "@llmspell/kernel";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

interface Provided {
  readonly name: string;
  readonly options: string;
}
const { provides }: { readonly provides: readonly Provided[] } = JSON.parse(read("llmspell.plugin.json"));

describe.each(provides)("the page of $name", ({ name, options }) => {
  const page = read(`docs/${name}.md`);

  it("names every option, and the README names the page", () => {
    const { properties } = JSON.parse(read(options));
    for (const option of Object.keys(properties)) expect(page).toContain(`\`${option}\``);
    expect(read("README.md")).toContain(`[\`${name}\`](docs/${name}.md)`);
  });

  it("shows a configuration that is valid", async () => {
    const points = parse(/^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "");
    const config = { plugins: ["@llmspell/standard"], hooks: { points } };
    const environment = { POLICY_SECRET: "sixteen characters" };
    const checked = await checkConfig({ config, directory: ROOT }, { environment });
    expect(JSON.stringify(checked.value["hooks"])).toContain(`"use":"${name}"`);
  });
});
