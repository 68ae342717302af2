// Regenerates what is derived from the JSON Schemas: option types and defaults, the composed schema, the reference.
import { writeFile } from "node:fs/promises";
import { checkEveryPlugin, generateConfigSchema } from "./generate-config-schema.ts";
import { generateOptionTypes } from "./generate-option-types.ts";
import { generateReference } from "./generate-reference.ts";

for (const file of await generateOptionTypes()) await writeFile(file.path, file.text);
const checked = await checkEveryPlugin();
for (const file of [generateConfigSchema(checked), generateReference(checked.catalog)])
  await writeFile(file.path, file.text);
