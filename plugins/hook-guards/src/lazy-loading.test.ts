import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const CODE = `
  import { registerHooks } from "node:module";
  const loaded = new Set();
  registerHooks({
    load(url, context, next) {
      const name = /node_modules\\/(ajv|ajv-formats|gpt-tokenizer)\\//.exec(url)?.[1];
      if (name !== undefined) loaded.add(name);
      return next(url, context);
    },
  });
  const { JsonSchema, MaxTokens, Redact, Regex } = await import("@llmspell/plugin-hook-guards");
  const show = () => console.log([...loaded].sort().join(" ") || "nothing");
  new Redact();
  new Regex({ deny: { a: "a" } });
  const maxTokens = new MaxTokens({ limit: 1 });
  show();
  new JsonSchema({ schema: {} });
  show();
  await maxTokens.handle({ data: {} });
  show();
`;

it("what is heavy is loaded only for the hook that needs it", async () => {
  const args = ["--conditions=@llmspell/source", "--input-type=module", "--eval", CODE];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000, cwd: import.meta.dirname });
  expect(stdout).toBe("nothing\najv ajv-formats\najv ajv-formats gpt-tokenizer\n");
});
