import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { editorSchema } from "./editor-schema.ts";

const schema = editorSchema({
  type: "object",
  additionalProperties: false,
  properties: {
    size: { type: "integer", minimum: 1, default: 5 },
    mode: { enum: ["fast", "slow"] },
    wait: { allOf: [{ $ref: "#/definitions/duration" }] },
    names: { type: "array", items: { type: "string", pattern: "^[a-z]+$" } },
  },
  definitions: { duration: { type: "string", pattern: "^\\d+s$" } },
});
const accepts = (value: unknown) => new Ajv({ strict: false }).validate(schema, value);

describe("editorSchema", () => {
  it("takes a reference wherever a single value stands", () => {
    expect(accepts({ size: "${SIZE:-3}", mode: "${vars.mode}", wait: "${WAIT}s", names: ["${NAME}"] })).toBe(true);
  });

  it("is as strict as before about everything else", () => {
    expect(accepts({ size: 3, mode: "fast", wait: "5s", names: ["a"] })).toBe(true);
    for (const wrong of [
      { size: 0 },
      { size: "3" },
      { mode: "quick" },
      { wait: "5" },
      { names: ["A"] },
      { other: "${X}" },
    ]) {
      expect(accepts(wrong), JSON.stringify(wrong)).toBe(false);
    }
  });
});
