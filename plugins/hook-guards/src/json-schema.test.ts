import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HookOutcome } from "@llmspell/hooks";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonSchemaOptions } from "./generated/options.ts";
import { JsonSchema } from "./json-schema.ts";
import { contextFor } from "./testing/context-for.ts";

const directory = mkdtempSync(join(tmpdir(), "llmspell-json-schema-"));
afterAll(() => rmSync(directory, { recursive: true }));

const schema = {
  type: "object",
  required: ["items"],
  additionalProperties: false,
  properties: {
    items: { type: "array", items: { type: "object", properties: { price: { type: "number" } } } },
    mail: { type: "string", format: "email" },
    code: { type: "string", pattern: "^(?:a+)+$" },
    kind: { anyOf: [{ const: "a" }, { type: "object", properties: { name: { type: "string" } } }] },
  },
};

function check(value: unknown, options: Partial<JsonSchemaOptions> = {}): HookOutcome | undefined {
  return new JsonSchema({ schema, ...options }).handle(contextFor({ text: value }));
}

const reason = (problem: string) => ({
  kind: "cancel",
  reason: `The data does not fit the JSON Schema: ${problem}.`,
});

describe("json_schema lets pass", () => {
  it.each([
    ["a value", { items: [] }],
    ["a text of JSON", ' {"items": [{"price": 1}], "mail": "a@example.com"} '],
    ["a text in a fence of JSON", '```json\n{"items": []}\n```'],
    ["a text in a plain fence", '```\n{"items": []}\n```\n'],
  ])("%s", (_, value) => {
    expect(check(value)).toBeUndefined();
  });
});

describe("json_schema objects, and names the path and what is expected there,", () => {
  const secret = "hunter2";
  it.each([
    ["to a wrong type", { items: [{ price: secret }] }, "text/items/0/price must be number"],
    ["to a missing property", "{}", "text must have required property 'items'"],
    ["to an unknown property", { items: [], [secret]: 1 }, "text must NOT have additional properties"],
    ["to a format", { items: [], mail: secret }, 'text/mail must match format "email"'],
    ["to alternatives", { items: [], kind: { name: 1 } }, "text/kind/name must be string"],
    ["to what is no JSON", `Sure! ${secret}`, "text is no JSON"],
    ["to prose around a fence", `Sure!\n\`\`\`json\n{"items": []}\n\`\`\``, "text is no JSON"],
    ["to nothing", undefined, "text is missing"],
  ])("%s", (_, value, problem) => {
    expect(check(value)).toEqual(reason(problem));
  });
});

describe("json_schema", () => {
  it("has the work done again, or flags, where told to", () => {
    expect(check("{}", { action: "retry" })).toMatchObject({ kind: "retry" });
    expect(check("{}", { action: "flag" })).toEqual({
      kind: "modify",
      patch: { jsonSchema: { text: "text must have required property 'items'" } },
    });
  });

  it("looks at the field it is given, and counts", () => {
    const hook = new JsonSchema({ schema: { type: "integer" }, field: "input.n" });
    expect(hook.handle(contextFor({ input: { n: 1 } }))).toBeUndefined();
    expect(hook.handle(contextFor({ input: { n: 1.5 } }))).toEqual(reason("input.n must be integer"));
    expect(hook.figures()).toEqual({ checked: 2, invalid: 1 });
  });

  it("reads drafts 2020-12 and 07, inline or from a file", () => {
    const draft = "https://json-schema.org/draft/2020-12/schema";
    const pair = { $schema: draft, type: "array", prefixItems: [{ type: "string" }], items: false };
    expect(check([1], { schema: pair })).toEqual(reason("text/0 must be string"));
    const schemaFile = join(directory, "pair.json");
    writeFileSync(schemaFile, JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", type: "array" }));
    const hook = new JsonSchema({ schemaFile });
    expect(hook.handle(contextFor({ text: "{}" }))).toEqual(reason("text must be array"));
  });

  it("is not held up by a pattern that would backtrack", () => {
    expect(check({ items: [], code: `${"a".repeat(100_000)}!` })).toMatchObject({ kind: "cancel" });
  }, 5000);

  it.each([
    ["a type that there is not", { type: "strnig" }, "must be equal to one of the allowed values"],
    ["a misspelt keyword", { propertes: {} }, 'unknown keyword: "propertes"'],
    ["an unknown format", { format: "e-mail" }, 'unknown format "e-mail"'],
    ["a draft that is not known", { $schema: "http://json-schema.org/draft-04/schema#" }, "no schema with key or ref"],
    ["a pattern with look-around", { pattern: "^(?=.*x)" }, "invalid or unsupported Perl syntax"],
  ])("refuses %s when it is built", (_, wrong, problem) => {
    const build = () => new JsonSchema({ schema: wrong });
    expect(build).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_GUARD_SCHEMA" }));
    expect(build).toThrow(problem);
  });

  it.each([
    ["is missing", undefined, "no such file"],
    ["is no JSON", "{", "JSON"],
    ["is no object", "[]", "holds no object"],
  ])("refuses a file that %s", (name, content, problem) => {
    const schemaFile = join(directory, `${name}.json`);
    if (content !== undefined) writeFileSync(schemaFile, content);
    const build = () => new JsonSchema({ schemaFile });
    expect(build).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_GUARD_SCHEMA" }));
    expect(build).toThrow(problem);
    expect(build).toThrow(schemaFile);
  });
});
