import { describe, expect, it } from "vitest";
import { schemaInUse } from "./schema-in-use.ts";

const branch = (name: string) => ({
  if: { properties: { use: { const: name } } },
  then: { $ref: `#/definitions/queue.${name}` },
});
const schema = {
  properties: { queue: { allOf: [{ $ref: "#/definitions/kind.queue" }], default: { use: "memory" } } },
  definitions: {
    "kind.queue": { allOf: [branch("memory"), branch("sqlite"), branch("redis")] },
    "queue.memory": { properties: { next: { $ref: "#/definitions/kind.queue" } } },
    "queue.sqlite": { properties: { path: { $ref: "#/definitions/path" } } },
    "queue.redis": {},
    path: { type: "string" },
    unused: {},
  },
};

describe("the schema that a configuration can meet", () => {
  it("has the implementations that are named, in the configuration or a default, and what they refer to", () => {
    const { definitions = {} } = schemaInUse(schema, { queue: [{ next: { use: "sqlite" } }] });
    expect(Object.keys(definitions).sort()).toEqual(["kind.queue", "path", "queue.memory", "queue.sqlite"]);
    expect(definitions["kind.queue"]?.["allOf"]).toEqual([branch("memory"), branch("sqlite")]);
  });

  it("leaves the schema that it is made of as it was", () => {
    const before = structuredClone(schema);
    schemaInUse(schema, {});
    expect(schema).toEqual(before);
  });
});
