import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";

const examples = globSync("{packages,plugins}/*/README.md")
  .sort()
  .map((path) => ({ path, code: /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(path, "utf8"))?.[1] }));

it.each(examples)("the example of $path runs", async ({ path, code }) => {
  expect(code, "a README has one runnable ```ts block").toBeDefined();
  const { status, stderr } = await runModule(code ?? "", dirname(path));
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

function runModule(code: string, cwd: string): Promise<{ status: number | null; stderr: string }> {
  const args = [
    "--conditions=@llmspell/source",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module-typescript",
    "-",
  ];
  const child = spawn(process.execPath, args, { cwd, timeout: 30_000, stdio: ["pipe", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(code);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stderr }));
  });
}
