import { describe, expect, it } from "vitest";
import { coded, echoPool } from "../test/echo-pool.ts";

/** Whose second instance never comes, and whose first is there. */
function halfMade() {
  const checked: number[] = [];
  const pool = echoPool(
    { size: { min: 1, max: 2 }, maxLifetime: "9s", creationTimeout: "1h" },
    {
      create: ({ signal }, number) =>
        number === 2
          ? new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
          : undefined,
      check: ({ number }) => void checked.push(number),
      memory: () => 70,
    },
    { healthCheckInterval: "5s", maxParallelCreations: 1 },
  );
  return { ...pool, checked };
}

describe("upkeep while an instance is being created", () => {
  it("checks, measures and replaces the others all the same", async () => {
    const { clock, tools, stats, checked, errors } = halfMade();
    await tools.start();
    const lease = await tools.acquire("echo");
    const waiting = tools.acquire("echo", { timeout: "2s" });
    const outcome = expect(waiting).rejects.toEqual(coded("LLMSPELL_E_POOL_ACQUIRE_TIMEOUT"));
    await clock.advance(6000);
    await outcome;
    expect(stats()).toMatchObject({ warming: 1, memory: 70 });
    expect(checked).toEqual([1]);
    lease.release();
    await clock.advance(5000);
    expect(stats().retiredBy.lifetime).toBe(1);
    expect(errors).toEqual([]);
    await clock.runUntil(tools.stop());
  });
});
