// Lints every published package as npm would pack it (publint); run after `npm run build`.
import { globSync } from "node:fs";
import { dirname } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

let count = 0;
let problems = 0;
for (const path of globSync("{schemas,packages/*,plugins/*}/package.json").sort()) {
  const { messages, pkg } = await publint({ pkgDir: dirname(path), pack: "npm" });
  count++;
  for (const message of messages.filter(({ type }) => type !== "suggestion")) {
    problems++;
    console.error(`${path}: ${message.type}: ${formatMessage(message, pkg) ?? message.code}`);
  }
}
console.log(`publint: ${count} packages, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
