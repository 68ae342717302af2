import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

const LIST_MODULES = `
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      console.log(url);
      return next(url, context);
    },
  });
`;

it("planning loads neither a dependency nor what runs hooks", () => {
  const { stdout, status } = spawnSync(process.execPath, ["--conditions=@llmspell/source", "--input-type=module"], {
    input: `${LIST_MODULES} await import("@llmspell/hooks/plan");`,
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(stdout).toContain("plan-hooks.ts");
  expect(stdout).not.toMatch(/\/node_modules\/|execution\.ts|expressions|resilience/);
});
