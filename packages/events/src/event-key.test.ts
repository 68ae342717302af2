import { describe, expect, it } from "vitest";
import { EmittedEvent, NO_DETAILS } from "./emitted-event.ts";
import { compileEventKey } from "./event-key.ts";

function keyOf(source: string, data: unknown, key?: string): unknown {
  return compileEventKey(source)(new EmittedEvent("t", data, 1, { time: 0, idPrefix: "t" }, { ...NO_DETAILS, key }));
}

describe("the key of an event", () => {
  it("is what the emitter gave, or any value of its data", () => {
    expect(keyOf(" event.key ", {}, "k")).toBe("k");
    expect(keyOf("event.data.user", { user: "u1" })).toBe("u1");
    expect(keyOf("event.data.number", { number: 7 })).toBe(7);
  });

  it("is undefined where the event lacks it", () => {
    expect(keyOf("event.key", {})).toBeUndefined();
    expect(keyOf("event.data.user.id", {})).toBeUndefined();
  });

  it("is the same for objects that say the same, in whatever order, at any depth", () => {
    const one = keyOf("event.data", { tenant: 1, user: { id: 2, names: ["a", "b"] } });
    expect(keyOf("event.data", { user: { names: ["a", "b"], id: 2 }, tenant: 1 })).toBe(one);
    expect(keyOf("event.data", { user: { names: ["b", "a"], id: 2 }, tenant: 1 })).not.toBe(one);
  });

  it("is a list of several values", () => {
    const source = "[event.data.tenant, size(event.data.names)]";
    const one = keyOf(source, { tenant: "a", names: ["x"] });
    expect(keyOf(source, { tenant: "a", names: ["y"] })).toBe(one);
    expect(keyOf(source, { tenant: "b", names: ["x"] })).not.toBe(one);
  });
});
