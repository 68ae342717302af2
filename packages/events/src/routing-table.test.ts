import { describe, expect, it } from "vitest";
import type { BusEvent } from "./bus-event.ts";
import { DynamicRoute, PatternRoute, StaticRoute } from "./event-routes.ts";
import type { Priority } from "./priority.ts";
import type { RouteMatcher } from "./route.ts";
import { type RouteEntry, RoutingTable } from "./routing-table.ts";

function event(type: string, data: unknown = {}): BusEvent {
  const text = { id: "1", type, source: "test", subject: undefined, key: undefined };
  return { ...text, time: 0, data, sequence: 1, emittedAt: 0, deadLetter: undefined };
}

function entry(matcher: RouteMatcher, channel: string, priority: Priority = "normal"): RouteEntry<string> {
  return { matcher, channel, priority, lane: undefined };
}

function find(table: RoutingTable<string>, asked: BusEvent) {
  return table.targetsOf(asked, table.planOf(asked.type));
}

function createTable(failed: (channel: string, type: string, error: unknown) => void = () => undefined) {
  return new RoutingTable<string>(({ channel }, type, error) => failed(channel, type, error));
}

describe("RoutingTable", () => {
  it("finds static, pattern and conditional routes together", () => {
    const table = createTable();
    table.add(entry(new StaticRoute("user_login"), "a"));
    table.add(entry(new PatternRoute(/^user_/), "b"));
    table.add(entry(new DynamicRoute(({ data }) => data === "premium"), "c"));
    const channels = (type: string, data?: unknown) => find(table, event(type, data)).map(({ channel }) => channel);
    expect(channels("user_login", "premium")).toEqual(["a", "b", "c"]);
    expect(channels("user_login")).toEqual(["a", "b"]);
    expect(channels("user_logout")).toEqual(["b"]);
    expect(channels("system", "premium")).toEqual(["c"]);
    expect(channels("system")).toEqual([]);
  });

  it("names a channel once, with the most urgent priority of its routes", () => {
    const table = createTable();
    table.add(entry(new StaticRoute("x"), "a", "low"));
    table.add(entry(new PatternRoute("x"), "a", "high"));
    table.add(entry(new DynamicRoute(() => true), "a", "normal"));
    expect(find(table, event("x"))).toMatchObject([{ channel: "a", priority: "high" }]);
  });

  it("asks a matcher about a type once, and a condition about each event", () => {
    const asked: string[] = [];
    const table = createTable();
    const matchesType = (type: string) => asked.push(`type ${type}`) > 0;
    const matches = () => asked.push("event") > 0;
    table.add(entry({ matchesType, matches }, "a"));
    for (let count = 0; count < 3; count++) find(table, event("x"));
    expect(asked).toEqual(["type x", "event", "event", "event"]);
  });

  it("answers with the same list for a known type, so that routing allocates nothing", () => {
    const table = createTable();
    table.add(entry(new StaticRoute("x"), "a"));
    expect(find(table, event("x"))).toBe(find(table, event("x")));
  });

  it("heeds routes that come and go after a type was seen", () => {
    const table = createTable();
    expect(find(table, event("x"))).toEqual([]);
    const added = [entry(new StaticRoute("x"), "a"), entry(new PatternRoute("x"), "b")];
    for (const route of added) table.add(route);
    expect(find(table, event("x"))).toHaveLength(2);
    for (const route of added) table.remove(route);
    expect(find(table, event("x"))).toEqual([]);
  });

  it("does not take a route whose condition throws, counts that, and tells the first time", () => {
    const told: unknown[] = [];
    const table = createTable((...failure) => told.push(failure));
    table.add(entry(new DynamicRoute(({ data }) => (data as { a: { b: boolean } }).a.b), "a"));
    expect(find(table, event("x", {}))).toEqual([]);
    expect(find(table, event("x", { a: { b: true } }))).toHaveLength(1);
    expect(find(table, event("y", {}))).toEqual([]);
    expect(table.predicateErrors).toBe(2);
    expect(told).toEqual([["a", "x", expect.any(TypeError)]]);
  });

  it("asks a matcher that threw about the type again", () => {
    let isBroken = true;
    const table = createTable();
    const matchesType = () => {
      if (isBroken) throw new Error("not loaded yet");
      return true;
    };
    table.add(entry({ matchesType }, "a"));
    expect([find(table, event("x")), table.predicateErrors]).toEqual([[], 1]);
    isBroken = false;
    expect(find(table, event("x"))).toHaveLength(1);
  });

  it("remembers a bounded number of types", () => {
    const table = createTable();
    table.add(entry(new PatternRoute("^known"), "a"));
    for (let count = 0; count < 50_000; count++) {
      find(table, event(`unknown-${count}`));
      if (count % 1000 === 0) expect(find(table, event("known"))).toHaveLength(1);
    }
    expect(table.remembered).toBeLessThanOrEqual(2 * 4096);
  });
});
