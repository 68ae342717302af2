import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";

const examples = globSync("{packages,plugins}/*/README.md")
  .sort()
  .map((path) => ({ path, code: /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(path, "utf8"))?.[1] }));

it.each(examples)("the example of $path runs", async ({ path, code }) => {
  expect(code, "a README has one runnable ```ts block").toBeDefined();
  const { status, stdout, stderr } = await runModule(code ?? "", dirname(path));
  expect(stderr).toBe("");
  expect(status).toBe(0);
  // What a line prints stands behind it, in full or with an ellipsis for what is left out.
  for (const [, printed = ""] of (code ?? "").matchAll(/console\.log\(.*\);? \/\/ (.+)$/gm)) {
    for (const part of printed.split("…")) expect(bare(stdout)).toContain(bare(part));
  }
});

/** Without blanks, quotes and brackets, which the console sets in its own way. */
function bare(text: string): string {
  return text.replace(/[\s"'`[\]{}]/g, "").replace(/,$/, "");
}

function runModule(code: string, cwd: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const args = [
    "--conditions=@llmspell/source",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module-typescript",
    "-",
  ];
  const child = spawn(process.execPath, args, { cwd, timeout: 30_000, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(code);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
}
