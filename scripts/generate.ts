// Regenerates what is derived from the JSON Schemas: each package's option types and defaults, and the composed schema.
import { writeFile } from "node:fs/promises";
import { generateConfigSchema } from "./generate-config-schema.ts";
import { generateOptionTypes } from "./generate-option-types.ts";

for (const file of [...(await generateOptionTypes()), await generateConfigSchema()]) {
  await writeFile(file.path, file.text);
}
