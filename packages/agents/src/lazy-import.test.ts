import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

const LIST_DEPENDENCIES = `
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      if (url.includes("/node_modules/")) console.log(url);
      return next(url, context);
    },
  });
`;

it.each(["agents", "plugin-providers", "plugin-provider-ai"])("importing @llmspell/%s loads no dependency", (name) => {
  const { stdout, status } = spawnSync(process.execPath, ["--conditions=@llmspell/source", "--input-type=module"], {
    input: `${LIST_DEPENDENCIES} await import("@llmspell/${name}");`,
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(stdout).toBe("");
});
