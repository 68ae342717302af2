import { describe, expect, it } from "vitest";
import { type InstanceState, noInstances, PooledInstance } from "./pooled-instance.ts";

const resource = { execute: async () => undefined, [Symbol.asyncDispose]: async () => undefined };

function readyInstance(concurrency = 1): PooledInstance {
  const instance = new PooledInstance("search", 1, concurrency, noInstances());
  instance.moveTo("warming");
  instance.made(resource, 0);
  instance.becomeReady(0, Number.POSITIVE_INFINITY);
  return instance;
}

describe("PooledInstance", () => {
  it("is busy while it serves as many calls as it can, and ready again after one of them", () => {
    const instance = readyInstance(2);
    instance.take();
    expect(instance.state).toBe("ready");
    instance.take();
    expect(instance.state).toBe("busy");
    expect(() => instance.take()).toThrow("Instance search-1 cannot go from busy to lent.");
    instance.giveBack(5);
    expect(instance).toMatchObject({ state: "ready", inFlight: 1, uses: 2, idleSince: 0 });
    instance.giveBack(9);
    expect(instance.idleSince).toBe(9);
  });

  it.each<[InstanceState[], InstanceState]>([
    [[], "ready"],
    [[], "busy"],
    [["warming"], "draining"],
    [["warming", "retired"], "ready"],
    [["warming", "ready", "draining"], "ready"],
    [["warming", "ready"], "retired"],
  ])("refuses to go, after %j, to %s", (path, next) => {
    const instance = new PooledInstance("search", 1, 1, noInstances());
    for (const state of path) instance.moveTo(state);
    expect(() => instance.moveTo(next)).toThrow(expect.objectContaining({ code: "LLMSPELL_E_POOL_INSTANCE_STATE" }));
  });

  it("keeps the counts of its pool up to date", () => {
    const counts = noInstances();
    const instance = new PooledInstance("search", 1, 1, counts);
    instance.moveTo("warming");
    expect(counts).toMatchObject({ cold: 0, warming: 1 });
    instance.made(resource, 0);
    instance.becomeReady(0, Number.POSITIVE_INFINITY);
    instance.take();
    expect(counts).toEqual({ cold: 0, warming: 0, ready: 0, busy: 1, draining: 0, retired: 0 });
    instance.giveBack(1);
    instance.moveTo("draining");
    expect(counts).toEqual({ cold: 0, warming: 0, ready: 0, busy: 0, draining: 1, retired: 0 });
  });

  it("is not lent, and has nothing to use, before it is ready", () => {
    const instance = new PooledInstance("search", 1, 1, noInstances());
    expect(() => instance.take()).toThrow("cannot go from cold to lent");
    expect(() => instance.resource).toThrow("cannot go from cold to use");
  });
});
