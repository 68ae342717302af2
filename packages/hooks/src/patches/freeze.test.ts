import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { HookContext, HookData } from "../hook-context.ts";
import { HookManager } from "../hook-manager.ts";
import { modify } from "../hook-outcome.ts";
import { freezeDeeply } from "./freeze.ts";

const POINT = "before_work";

/** Whether everything that can be frozen is. */
function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe("freezeDeeply", () => {
  it("freezes plain data at every depth, changes nothing in it, and gives it back", () => {
    const values = fc.anything({ withNullPrototype: true, withMap: true, withDate: true, maxDepth: 4 });
    fc.assert(
      fc.property(values, (value) => {
        const before = structuredClone(value);
        expect(freezeDeeply(value)).toBe(value);
        expect(isDeeplyFrozen(value)).toBe(true);
        expect(value).toEqual(before);
      }),
    );
  });

  it("leaves objects of classes alone, wherever they are", () => {
    class Custom {
      field = 1;
    }
    const data = { at: new Date(0), map: new Map([["a", 1]]), buffer: Buffer.from("a"), list: [new Custom()] };
    freezeDeeply(data);
    for (const value of [data.at, data.map, data.buffer, ...data.list]) expect(Object.isFrozen(value)).toBe(false);
    expect(Object.isFrozen(data.list)).toBe(true);
  });

  it("comes to an end with data that contains itself", () => {
    const data: Record<string, unknown> = { list: [] };
    data["self"] = data;
    (data["list"] as unknown[]).push(data);
    expect(isFrozen(freezeDeeply(data))).toBe(true);
  });
});

function isFrozen(data: Record<string, unknown>): boolean {
  return Object.isFrozen(data) && Object.isFrozen(data["list"]);
}

let isMeasured = true;

function setUp(freeze?: boolean) {
  const manager = new HookManager(freeze === undefined ? {} : { freeze }, { clock: new VirtualClock() });
  if (!isMeasured) {
    using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
    void manager.run(POINT, { data: {} });
  }
  return manager;
}

/** Writes as code does that takes the data for its own. */
function write(value: unknown, key: string): void {
  (value as Record<string, unknown>)[key] = "written";
}

describe.each([
  ["measured", true],
  ["not measured", false],
])("what hooks are given, %s", (_, measured) => {
  beforeAll(() => {
    isMeasured = measured;
  });

  const targets: readonly (readonly [string, (context: HookContext) => unknown])[] = [
    ["the data", ({ data }) => data],
    ["an object in the data", ({ data }) => data["user"]],
    ["a list in the data", ({ data }) => data["list"]],
    ["an object in the input", ({ input }) => (input as { deep: unknown }).deep],
    ["what a hook before has put there", ({ data }) => (data["added"] as { deep: unknown }).deep],
  ];

  it.each(targets)("cannot be written to: %s", async (_, target) => {
    const manager = setUp();
    const data = { user: { name: "a" }, list: [{ n: 1 }] };
    const input = { deep: { n: 1 } };
    const before = structuredClone({ data, input });
    manager.register(POINT, { id: "before", handler: async () => modify({ added: { deep: { n: 1 } } }) });
    manager.register(POINT, {
      id: "writes",
      handler: (context) => write(target(context), "name"),
    });
    await expect(Promise.resolve(manager.run(POINT, { data, input }))).rejects.toMatchObject({
      code: "LLMSPELL_E_HOOK_FAILED",
      cause: expect.any(TypeError),
    });
    expect({ data, input }).toEqual(before);
  });

  it("is left to the hooks after one that wrote and was skipped, as it was", async () => {
    const manager = setUp();
    let seen: HookData | undefined;
    manager.register(POINT, { id: "writes", onError: "skip", handler: ({ data }) => write(data, "n") });
    manager.register(POINT, {
      id: "next",
      handler: ({ data }) => {
        seen = data;
      },
    });
    const run = await manager.run(POINT, { data: { n: 1 } });
    expect([seen, run.data]).toEqual([{ n: 1 }, { n: 1 }]);
    expect(run.report[0]).toMatchObject({ outcome: "failed", error: expect.any(TypeError) });
  });

  it.each(["synchronous", "parallel", "asynchronous"] as const)(
    "includes patches: a %s hook that keeps its own cannot change it afterwards",
    async (mode) => {
      const manager = setUp();
      const patch = { list: [1], deep: { n: 1 } };
      manager.register(POINT, { id: "patches", mode, handler: () => modify(patch) });
      manager.register(POINT, { id: "other", mode, handler: async () => modify({ deep: { m: 1 } }) });
      const { data } = await manager.run(POINT, { data: {} });
      expect(data).toEqual({ list: [1], deep: { n: 1, m: 1 } });
      expect(isDeeplyFrozen(data)).toBe(true);
      expect(() => patch.list.push(2)).toThrow(TypeError);
      Reflect.set(patch.deep, "n", 2);
      expect(data["deep"]).toEqual({ n: 1, m: 1 });
    },
  );

  it("shares what no hook has changed", async () => {
    const manager = setUp();
    const data = { big: { kept: [1] }, user: { name: "a", address: { city: "b" } } };
    manager.register(POINT, { id: "changes", handler: async () => modify({ user: { name: "c" } }) });
    const run = await manager.run(POINT, { data });
    expect(run.data).toEqual({ big: { kept: [1] }, user: { name: "c", address: { city: "b" } } });
    expect(run.data["big"]).toBe(data.big);
    expect((run.data["user"] as typeof data.user).address).toBe(data.user.address);
  });

  it("is given as it is with freeze: false", async () => {
    const manager = setUp(false);
    const data = { user: { name: "a" } };
    manager.register(POINT, { id: "writes", handler: (context) => write(context.data["user"], "name") });
    manager.register(POINT, { id: "patches", handler: async () => modify({ list: [1] }) });
    const run = await manager.run(POINT, { data, input: { n: 1 } });
    expect(run.data).toEqual({ user: { name: "written" }, list: [1] });
    expect([data, data.user, run.data, run.data["list"]].some((value) => Object.isFrozen(value))).toBe(false);
  });
});
