// Regenerates what is derived from the JSON Schemas: the TypeScript types and defaults of every package's options.
import { writeFile } from "node:fs/promises";
import { generateOptionTypes } from "./generate-option-types.ts";

for (const file of await generateOptionTypes()) {
  await writeFile(file.path, file.text);
}
