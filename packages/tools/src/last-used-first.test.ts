import fc from "fast-check";
import { expect, it } from "vitest";
import { LastUsedFirst } from "./last-used-first.ts";
import { noInstances, PooledInstance } from "./pooled-instance.ts";

const resource = { execute: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
const CONCURRENCY = 3;

function readyInstances(count: number): PooledInstance[] {
  const counts = noInstances();
  return Array.from({ length: count }, (_, index) => {
    const instance = new PooledInstance("search", index + 1, CONCURRENCY, counts);
    instance.moveTo("warming");
    instance.made(resource, 0);
    instance.becomeReady(0, Number.POSITIVE_INFINITY);
    return instance;
  });
}

const steps = fc.array(
  fc.record({ do: fc.constantFrom("take", "take", "giveBack", "giveBack", "remove", "put"), which: fc.nat(5) }),
  { maxLength: 100 },
);

it("gives the least busy instance, and of equals the one that was put last", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), steps, (count, sequence) => {
      const instances = readyInstances(count);
      const free = new LastUsedFirst();
      /** When each was put last; absent while it is not there. */
      const putAt = new Map<PooledInstance, number>();
      let time = 0;
      const put = (instance: PooledInstance) => {
        free.put(instance);
        putAt.set(instance, time++);
      };
      const remove = (instance: PooledInstance) => {
        free.remove(instance);
        putAt.delete(instance);
      };
      const best = () =>
        [...putAt]
          .sort(([a, putA], [b, putB]) => a.inFlight - b.inFlight || putB - putA)
          .map(([instance]) => instance)[0];
      for (const instance of instances) put(instance);
      for (const { do: what, which } of sequence) {
        const instance = instances[which % count] ?? instances[0];
        if (instance === undefined) throw new Error("There is no instance.");
        const picked = free.pick();
        expect(picked?.id).toBe(best()?.id);
        if (what === "take" && picked !== undefined) {
          picked.take();
          if (picked.inFlight < CONCURRENCY) put(picked);
          else remove(picked);
        } else if (what === "giveBack" && instance.inFlight > 0) {
          instance.giveBack(time);
          put(instance);
        } else if (what === "remove") {
          remove(instance);
        } else if (what === "put" && instance.inFlight < CONCURRENCY) {
          put(instance);
        }
      }
      expect(free.pick()?.id).toBe(best()?.id);
    }),
    { numRuns: 200 },
  );
});
