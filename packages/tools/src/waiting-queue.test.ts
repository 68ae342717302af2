import fc from "fast-check";
import { expect, it } from "vitest";
import type { Priority } from "./pool-options.ts";
import { Waiter, WaitingQueue } from "./waiting-queue.ts";

const PRIORITIES: readonly Priority[] = ["critical", "high", "normal", "low"];
const BOUND = 100;
const owner = { onExpired: () => undefined, onAborted: () => undefined };

function waiterOf(priority: Priority): Waiter {
  const waiter = new Waiter(owner, { priority, timeout: 1, permit: undefined, isLeased: false, place: undefined });
  waiter.isPending = true;
  return waiter;
}

function letGo(queue: WaitingQueue, waiter: Waiter, isServed: boolean): void {
  waiter.isPending = false;
  queue.leave(waiter, isServed);
}

/** Serves the next one; answers its priority. */
function serve(queue: WaitingQueue): Priority | undefined {
  const waiter = queue.peek();
  if (waiter !== undefined) letGo(queue, waiter, true);
  return waiter?.request.priority;
}

it("serves one of a lower priority after a hundred of a higher one", () => {
  const queue = new WaitingQueue();
  queue.push(waiterOf("low"));
  const served: (Priority | undefined)[] = [];
  for (let turn = 0; turn <= BOUND; turn++) {
    queue.push(waiterOf("high"));
    served.push(serve(queue));
  }
  expect(served.indexOf("low")).toBe(BOUND);
});

it("serves by priority and arrival, and lets nobody be passed over more than its bound for each higher priority", () => {
  const arrivals = fc.array(fc.record({ priority: fc.constantFrom(...PRIORITIES), abort: fc.nat(9) }), {
    minLength: 200,
    maxLength: 1200,
  });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 20, max: 60 }), (sequence, backlog) => {
      const queue = new WaitingQueue();
      const lines = new Map<Priority, Waiter[]>(PRIORITIES.map((priority) => [priority, []]));
      const passedOver = new Map<Priority, number>(PRIORITIES.map((priority) => [priority, 0]));
      const lineOf = (priority: Priority) => lines.get(priority) ?? [];
      const check = (waiter: Waiter) => {
        const priority = waiter.request.priority ?? "normal";
        expect(waiter, "the first of its line").toBe(lineOf(priority).shift());
        passedOver.set(priority, 0);
        for (const other of PRIORITIES) {
          if (other === priority) continue;
          const count = lineOf(other).length === 0 ? 0 : (passedOver.get(other) ?? 0) + 1;
          passedOver.set(other, count);
          // Where several have been passed over too often, the least urgent goes first and the others right after it.
          expect(count).toBeLessThanOrEqual(BOUND + PRIORITIES.length);
        }
      };
      const serveNext = () => {
        const waiter = queue.peek();
        if (waiter === undefined) return;
        letGo(queue, waiter, true);
        check(waiter);
      };
      for (const { priority, abort } of sequence) {
        const waiter = waiterOf(priority);
        queue.push(waiter);
        lineOf(priority).push(waiter);
        const leaver = abort === 0 ? lineOf(priority).splice(lineOf(priority).length >> 1, 1)[0] : undefined;
        if (leaver !== undefined) letGo(queue, leaver, false);
        if (queue.length > backlog) serveNext();
      }
      while (queue.length > 0) serveNext();
      expect(queue.peek()).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});
