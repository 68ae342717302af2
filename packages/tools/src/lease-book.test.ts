import { describe, expect, it } from "vitest";
import { coded, echoPool } from "../test/echo-pool.ts";

describe("a lease that is kept too long", () => {
  it("is reported once, with the place that took it", async () => {
    const { tools, clock, stats, warnings } = echoPool({ leaseWarning: "10s" });
    await tools.start();
    const forgetful = () => tools.acquire("echo");
    const lease = await forgetful();
    await clock.advance(9000);
    expect(warnings).toEqual([]);
    expect(stats()).toMatchObject({ leases: 1, leaseWarnings: 0, oldestLease: 9000 });
    await clock.advance(30_000);
    expect(warnings).toEqual([
      {
        message: "A lease is kept for longer than `leaseWarning`.",
        fields: { pool: "echo", instance: "echo-1", age: 10_000, takenBy: expect.any(Array) },
      },
    ]);
    expect(stats().oldestLease).toBe(39_000);
    expect(tools.readings()[0]?.details).toMatchObject({ leases: 1, oldestLease: 39_000 });
    const [instance] = tools.instances("echo");
    expect(instance?.leases).toEqual([{ age: 39_000, isOverdue: true, takenBy: expect.any(Array) }]);
    expect(instance?.leases[0]?.takenBy[0]).toMatch(/forgetful \(.*lease-book\.test\.ts:\d+:\d+\)$/);
    lease.release();
    expect(stats()).toMatchObject({ out: 1, leases: 0, leaseWarnings: 1, oldestLease: 0, pending: 0 });
    expect(tools.instances("echo")[0]?.leases).toEqual([]);
    await tools.stop();
  });

  it("is reported also when its caller had to wait, from when it was lent", async () => {
    const { tools, clock, warnings } = echoPool({ size: { min: 1, max: 1 }, leaseWarning: "10s" });
    await tools.start();
    const first = await tools.acquire("echo");
    const patient = async () => await tools.acquire("echo");
    const second = patient();
    await clock.advance(5000);
    first.release();
    const lease = await second;
    await clock.advance(9000);
    expect(warnings).toEqual([]);
    await clock.advance(1000);
    expect(warnings[0]?.fields).toMatchObject({
      age: 10_000,
      takenBy: expect.arrayContaining([expect.stringContaining("patient (")]),
    });
    lease.release();
    await tools.stop();
  });

  it("is reported without its place where too many were taken, and for a minute after that always with it", async () => {
    const { tools, clock, warnings } = echoPool({ size: { min: 1, max: 1 }, concurrency: 100, leaseWarning: "10s" });
    await tools.start();
    const early = await Promise.all(Array.from({ length: 20 }, () => tools.acquire("echo")));
    const kept = early.pop();
    for (const lease of early) lease.release();
    await clock.advance(10_000);
    expect(warnings).toEqual([
      {
        message: expect.stringMatching(
          /Where it was taken is not known: .* For a minute now it is remembered of each\.$/,
        ),
        fields: { pool: "echo", instance: "echo-1", age: 10_000 },
      },
    ]);
    kept?.release();
    const late = await Promise.all(Array.from({ length: 20 }, () => tools.acquire("echo")));
    await clock.advance(10_000);
    expect(warnings).toHaveLength(21);
    for (const { fields } of warnings.slice(1)) {
      expect(fields).toMatchObject({
        takenBy: expect.arrayContaining([expect.stringContaining("lease-book.test.ts")]),
      });
    }
    for (const lease of late) lease.release();
    await tools.stop();
  });

  it("sets no timer of its own", async () => {
    const { tools, clock } = echoPool({ size: { min: 1, max: 1 }, concurrency: 100 });
    await tools.start();
    const before = clock.pendingTimers;
    const leases = await Promise.all(Array.from({ length: 50 }, () => tools.acquire("echo")));
    expect(clock.pendingTimers).toBe(before);
    for (const lease of leases) lease.release();
    await tools.stop();
  });
});

it("a stale lease cannot give back what the next caller has", async () => {
  const { tools, stats } = echoPool({ size: { min: 1, max: 1 } });
  await tools.start();
  const stale = await tools.acquire("echo");
  stale.release();
  const current = await tools.acquire("echo");
  expect(current.id).toBe(stale.id);
  expect(() => stale.release()).toThrow(coded("LLMSPELL_E_POOL_LEASE_RELEASED"));
  expect(() => stale.retire()).toThrow(coded("LLMSPELL_E_POOL_LEASE_RELEASED"));
  await stale[Symbol.asyncDispose]();
  expect(stats()).toMatchObject({ busy: 1, inFlight: 1, leases: 1 });
  current.release();
  expect(stats()).toMatchObject({ busy: 0, inFlight: 0, leases: 0, in: 2, out: 2 });
  await tools.stop();
});

describe("acquire", () => {
  it("rejects, and never throws, whatever is wrong", async () => {
    const { tools, stats } = echoPool();
    await tools.start();
    await expect(tools.acquire("ohce")).rejects.toEqual(coded("LLMSPELL_E_POOL_UNKNOWN"));
    await expect(tools.acquire("echo", { timeout: "5" })).rejects.toEqual(coded("LLMSPELL_E_DURATION"));
    const reason = new Error("enough");
    await expect(tools.acquire("echo", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await tools.stop();
    await expect(tools.acquire("echo")).rejects.toEqual(coded("LLMSPELL_E_POOL_CLOSED"));
    expect(stats()).toMatchObject({ in: 2, shed: 2, pending: 0 });
  });

  it("lends the instance that was given back last, so that the others grow idle and go", async () => {
    const { tools, clock, tool, stats } = echoPool({ size: { min: 1, max: 3 } }, {}, { idleTimeout: "10s" });
    await tools.start();
    const leases = [tools.acquire("echo"), tools.acquire("echo"), tools.acquire("echo")];
    for (const lease of await Promise.all(leases)) lease.release();
    const served: string[] = [];
    for (let second = 0; second < 12; second++) {
      const lease = await tools.acquire("echo");
      served.push(lease.id);
      lease.release();
      await clock.advance(1000);
    }
    expect(new Set(served)).toEqual(new Set(["echo-3"]));
    expect(stats()).toMatchObject({ instances: 1, retired: 2, retiredBy: { idle: 2 } });
    expect(tool.alive.map(({ number }) => number)).toEqual([3]);
    await tools.stop();
  });

  it("listens to a signal only while somebody waits", async () => {
    const { tools } = echoPool({ size: { min: 1, max: 1 } });
    await tools.start();
    const listeners = { added: 0, removed: 0 };
    const { signal } = new AbortController();
    const watched = new Proxy(signal, {
      get: (target, key) => {
        if (key === "addEventListener") listeners.added++;
        if (key === "removeEventListener") listeners.removed++;
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const free = await tools.acquire("echo", { signal: watched });
    expect(listeners).toEqual({ added: 0, removed: 0 });
    const waiting = tools.acquire("echo", { signal: watched });
    expect(listeners).toEqual({ added: 1, removed: 0 });
    free.release();
    (await waiting).release();
    expect(listeners).toEqual({ added: 1, removed: 1 });
    await tools.stop();
  });
});
