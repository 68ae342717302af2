import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkEveryPlugin, generateConfigSchema } from "../../scripts/generate-config-schema.ts";
import { generateOptionTypes } from "../../scripts/generate-option-types.ts";
import { generateReference } from "../../scripts/generate-reference.ts";

const checked = await checkEveryPlugin();
const files = [...(await generateOptionTypes()), generateConfigSchema(checked), generateReference(checked.catalog)];

describe("what is generated from the schemas is up to date (run `npm run generate`)", () => {
  it.each(files)("$path", ({ path, text }) => {
    expect(readFileSync(path, "utf8")).toBe(text);
  });
});

describe("the composed schema, to a plain draft-07 validator", () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync("schemas/config.schema.json", "utf8")));
  const source = readFileSync("llmspell.config.yaml", "utf8");

  it("accepts the root configuration, which names it for the editor", () => {
    expect(source).toMatch(/^# yaml-language-server: \$schema=\.\/schemas\/config\.schema\.json$/m);
    validate(parse(source, { merge: true }));
    expect(validate.errors).toBeNull();
  });

  it("refuses an unknown key, a wrong type and an unknown implementation", () => {
    expect(validate({ events: { chanels: {} } })).toBe(false);
    expect(validate({ events: { batch: { size: "many" } } })).toBe(false);
    expect(validate({ hooks: { strategy: "sequental" } })).toBe(false);
  });
});
