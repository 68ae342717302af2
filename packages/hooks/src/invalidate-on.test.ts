import { silentLog } from "@llmspell/base";
import type { EventFeed, ObservedEvent } from "@llmspell/resilience";
import { describe, expect, it } from "vitest";
import { invalidateOn } from "./invalidate-on.ts";

/** A feed that the test speaks for. */
function setUp(...invalidations: Parameters<typeof invalidateOn>[0]) {
  const listeners = new Set<(event: ObservedEvent) => void>();
  const feed: EventFeed = {
    observe: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  const invalidated: string[] = [];
  const warnings: string[] = [];
  const hooks = { invalidate: (key: string) => invalidated.push(key) };
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  const listening = invalidateOn(invalidations, hooks, feed, log);
  const tell = (type: string, data: unknown = {}) => {
    for (const listener of listeners) listener({ type, data });
  };
  return { invalidated, warnings, listening, tell, listeners };
}

describe("invalidateOn", () => {
  it("drops what the templates of an event's type name, where the condition holds", () => {
    const { invalidated, tell } = setUp(
      { event: "repo.updated", keys: ["repo:{{ event.data.id }}", "owner:{{ event.data.owner }}"] },
      { event: "repo.updated", when: "event.data.id > 1", keys: ["large"] },
      { event: "other", keys: ["x"] },
    );
    tell("repo.updated", { id: 1, owner: "ada" });
    tell("repo.unknown", { id: 1 });
    tell("repo.updated", { id: 2, owner: "bob" });
    expect(invalidated).toEqual(["repo:1", "owner:ada", "repo:2", "owner:bob", "large"]);
  });

  it("makes a text of every value, as the caches do that keep answers by it", () => {
    const { invalidated, tell } = setUp({
      event: "repo.updated",
      keys: ["{{ event.data.id }}", "{{ event.data.repo }}", "{{ event.data.tags }}", "{{ event.data.nothing }}"],
    });
    tell("repo.updated", { id: 7, repo: { id: 7 }, tags: ["a", "b"], nothing: null });
    expect(invalidated).toEqual(["7", '{"id":7}', '["a","b"]', ""]);
  });

  it("tells of an event whose keys cannot be made out, and heeds the others", () => {
    const { invalidated, warnings, tell } = setUp(
      { event: "repo.updated", keys: ["repo:{{ event.data.id }}"] },
      { event: "repo.updated", keys: ["all"] },
    );
    tell("repo.updated", {});
    expect(invalidated).toEqual(["all"]);
    expect(warnings).toEqual([expect.stringContaining("An event repo.updated could not invalidate answers of hooks:")]);
  });

  it("stops listening when it is disposed", () => {
    const { listening, listeners } = setUp({ event: "a", keys: ["b"] });
    expect(listeners.size).toBe(1);
    listening[Symbol.dispose]();
    expect(listeners.size).toBe(0);
  });
});
