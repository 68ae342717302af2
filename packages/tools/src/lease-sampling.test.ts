import { seededRandom } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { echoPool } from "../test/echo-pool.ts";
import { LeaseSampling } from "./lease-sampling.ts";

it("times the first 4,096 of a second, and of the others one in 16, which stands for as many", () => {
  const sampling = new LeaseSampling(seededRandom(3));
  const first = Array.from({ length: 4096 }, () => sampling.next());
  expect(first.every((weight) => weight === 1)).toBe(true);
  const others = Array.from({ length: 160_000 }, () => sampling.next());
  const timed = others.filter((weight) => weight > 0);
  expect(timed.every((weight) => weight === 16)).toBe(true);
  expect(timed.length).toBeGreaterThan(9500);
  expect(timed.length).toBeLessThan(10_500);
  sampling.renew();
  expect(sampling.next()).toBe(1);
});

it("makes figures that are right on the average, and say how many were timed", async () => {
  const { tools, clock, stats } = echoPool({ size: { min: 1, max: 1 }, concurrency: 8000 });
  await tools.start();
  for (let second = 0; second < 3; second++) {
    const leases = await Promise.all(Array.from({ length: 8000 }, () => tools.acquire("echo")));
    await clock.advance(500);
    for (const lease of leases) lease.release();
    await clock.advance(500);
  }
  const { timed, execution, duration, wait, out } = stats();
  expect(out).toBe(24_000);
  expect(timed).toBeGreaterThan(3 * 4096);
  expect(timed).toBeLessThan(3 * 4500);
  expect(execution).toMatchObject({ mean: 500, max: 500 });
  expect(duration.mean).toBe(500);
  expect(execution.count).toBeGreaterThan(22_000);
  expect(execution.count).toBeLessThan(26_000);
  expect(wait).toMatchObject({ count: 24_000, max: 0 });
  await tools.stop();
});

it("lets a scaling policy see the load as it is, on the average", async () => {
  const loads: number[] = [];
  const policy = { decide: ({ load }: { readonly load: number }) => void loads.push(load) };
  const { tools, clock } = echoPool({ size: { min: 1, max: 1 }, concurrency: 8000, scaling: { use: policy } });
  await tools.start();
  for (let second = 0; second < 5; second++) {
    const leases = await Promise.all(Array.from({ length: 8000 }, () => tools.acquire("echo")));
    await clock.advance(500);
    for (const lease of leases) lease.release();
    await clock.advance(500);
  }
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  expect(loads).toHaveLength(5);
  expect(mean).toBeGreaterThan(3800);
  expect(mean).toBeLessThan(4200);
  await tools.stop();
});
