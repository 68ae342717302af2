import { describe, expect, it } from "vitest";
import { FakeTool } from "../test/fake-tool.ts";
import type { JsonSchema } from "./tool.ts";
import { ToolContract } from "./tool-contract.ts";

const DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema";
const DRAFT_07 = "http://json-schema.org/draft-07/schema#";

function check(inputSchema: JsonSchema, input: unknown): () => void {
  const contract = new ToolContract("it", Object.assign(new FakeTool(), { inputSchema }));
  return () => contract.checkInput(input);
}

describe("a tool's schema", () => {
  const pair = { prefixItems: [{ type: "string" }, { type: "number" }] };
  const paired = { dependentRequired: { user: ["password"] } };

  it("is read as draft 2020-12 where it says so", () => {
    expect(check({ $schema: DRAFT_2020, ...pair }, ["a", "b"])).toThrow("/1 must be number");
    expect(check({ $schema: DRAFT_2020, ...pair }, ["a", 1])).not.toThrow();
    expect(check({ $schema: DRAFT_2020, type: "object", ...paired }, { user: "a" })).toThrow("password");
  });

  it.each([undefined, DRAFT_07, "https://example.com/unknown"])("is read as draft-07 with $schema %s", ($schema) => {
    const schema = { $schema, items: [{ type: "string" }, { type: "number" }] };
    expect(check(schema, ["a", "b"])).toThrow("/1 must be number");
    expect(check({ $schema, ...pair }, ["a", "b"])).not.toThrow();
  });
});
