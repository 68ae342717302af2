import fc from "fast-check";
import { expect, it } from "vitest";
import { PendingRing } from "./pending-ring.ts";

interface Item {
  readonly number: number;
  isPending: boolean;
}

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant("push" as const) },
    { weight: 2, arbitrary: fc.constant("first" as const) },
    { weight: 2, arbitrary: fc.nat(50) },
  ),
  { maxLength: 300 },
);

it("keeps the order of those that are pending, wherever others leave", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const ring = new PendingRing<Item>();
      const model: Item[] = [];
      let number = 0;
      const leave = (index: number) => {
        const [item] = model.splice(index, 1);
        if (item === undefined) return;
        item.isPending = false;
        ring.leave();
      };
      for (const step of sequence) {
        if (step === "push") {
          const item = { number: number++, isPending: true };
          model.push(item);
          ring.push(item);
        } else {
          leave(step === "first" ? 0 : step % Math.max(1, model.length));
        }
        expect(ring.first).toBe(model[0]);
        expect(ring.pending).toBe(model.length);
      }
      while (model.length > 0) {
        leave(0);
        expect(ring.first).toBe(model[0]);
      }
    }),
    { numRuns: 200 },
  );
});

it("knows who came last, as long as that one has not left as the first", () => {
  const ring = new PendingRing<Item>();
  const items = [0, 1, 2].map((number) => ({ number, isPending: true }));
  for (const item of items) ring.push(item);
  expect(ring.last).toBe(items[2]);
  for (const item of items) {
    item.isPending = false;
    ring.leave();
  }
  expect(ring.last).toBeUndefined();
});
