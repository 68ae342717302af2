import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { composeSchema } from "@llmspell/config";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { checkConfig } from "./check-config.ts";

const FIXTURES = fileURLToPath(new URL("../../../test/fixtures/", import.meta.url));
const PLUGINS = ["./bus", "./balancers"];

/** The schema as an editor has it: draft-07, our annotations unknown. */
async function plainValidator() {
  const { schema } = await checkConfig({ config: { plugins: PLUGINS }, directory: FIXTURES }, { environment: {} });
  const validate = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(JSON.stringify(schema)));
  return (bus: unknown) => {
    validate({ name: "desk", plugins: PLUGINS, bus });
    return (validate.errors ?? []).filter(({ keyword }) => keyword !== "if").map(({ instancePath }) => instancePath);
  };
}

describe("the composed schema, to a plain draft-07 validator", () => {
  it("accepts what is good", async () => {
    const errorsOf = await plainValidator();
    const channels = {
      orders: { capacity: 5, timeout: "5s", memory: "64MiB", rate: "100/s", balancer: "round_robin", hold: false },
      bills: { balancer: { use: "weighted", weights: { a: 1 } }, deadLetter: "orders", hold: "5s" },
      notes: { balancer: "./own.ts" },
      others: { balancer: { use: "./own.ts", anything: 1 } },
    };
    const routes = [
      { use: "static", event: "a", channel: "orders", priority: "high" },
      { use: "dynamic", when: "event.a", channel: "orders", cache: true },
      { use: "./route.ts", channel: "orders", anything: 1 },
    ];
    expect(errorsOf({ channels, routes, stages: [{ id: "a", dependsOn: [] }] })).toEqual([]);
  });

  it.each([
    ["an unknown key", { colour: "red" }, [""]],
    ["a wrong type", { channels: { orders: { capacity: "5" } } }, ["/channels/orders/capacity"]],
    ["a duration without its unit", { channels: { orders: { timeout: 5 } } }, ["/channels/orders/timeout"]],
    ["a name in another form", { channels: { "Order s": {} } }, ["/channels", "/channels"]],
    [
      "an option of another implementation",
      { channels: { a: { balancer: { use: "first", weights: {} } } } },
      ["/channels/a/balancer"],
    ],
    ["a required option left out", { channels: { a: { balancer: { use: "weighted" } } } }, ["/channels/a/balancer"]],
    ["a choice of a wrong type", { channels: { a: { balancer: 5 } } }, ["/channels/a/balancer"]],
    ["a required key of the kind left out", { routes: [{ use: "static", event: "a" }] }, ["/routes/0"]],
    ["a local module without a key of the kind", { routes: [{ use: "./route.ts" }] }, ["/routes/0"]],
  ])("refuses %s", async (_, bus, places) => {
    const errorsOf = await plainValidator();
    expect(errorsOf(bus)).toEqual(places.map((place) => `/bus${place}`));
  });

  it("refuses an unknown implementation, and one that needs more than its name", async () => {
    const errorsOf = await plainValidator();
    for (const balancer of ["quantum", "weighted", { use: "quantum" }]) {
      const places = errorsOf({ channels: { a: { balancer } } });
      expect(places.length).toBeGreaterThan(0);
      expect(places.every((place) => place.startsWith("/bus/channels/a/balancer"))).toBe(true);
    }
  });

  it("refuses a section of no plugin", async () => {
    const { schema } = await checkConfig({ config: { plugins: PLUGINS }, directory: FIXTURES }, { environment: {} });
    const validate = new Ajv({ strict: false }).compile(schema);
    expect([validate({ name: "desk" }), validate({ bus: {} }), validate({ hooks: {} })]).toEqual([true, true, false]);
  });
});

describe("composeSchema", () => {
  it("needs no plugin", () => {
    const none = { plugins: [], sections: new Map(), kinds: new Map(), implementations: new Map(), names: new Map() };
    const schema = composeSchema(none);
    expect(Object.keys(schema.properties ?? {})).toEqual(["$schema", "name", "imports", "vars", "plugins"]);
    expect(new Ajv({ strict: false }).compile(schema)({ name: "desk", plugins: ["a", { name: "b" }] })).toBe(true);
  });

  it("has no reference that leads nowhere, nor one out of itself", async () => {
    const { schema } = await checkConfig({ config: { plugins: PLUGINS }, directory: FIXTURES }, { environment: {} });
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g)].map(([, target]) => target ?? "");
    expect(references.length).toBeGreaterThan(10);
    for (const reference of new Set(references)) {
      expect(reference.startsWith("#/definitions/")).toBe(true);
      expect(schema.definitions).toHaveProperty([reference.slice("#/definitions/".length)]);
    }
  });

  it("leaves the schemas of the plugins as they are on disk", async () => {
    const path = `${FIXTURES}bus/schemas/bus.schema.json`;
    const before = readFileSync(path, "utf8");
    const { catalog } = await checkConfig({ config: { plugins: PLUGINS }, directory: FIXTURES }, { environment: {} });
    expect(catalog.sections.get("bus")?.schema).toEqual(JSON.parse(before));
  });
});
