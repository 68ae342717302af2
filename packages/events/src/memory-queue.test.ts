import { describeQueue } from "@llmspell/testkit/conformance/queue";
import { expect, it } from "vitest";
import { EmittedEvent, NO_DETAILS } from "./emitted-event.ts";
import { MemoryQueue } from "./memory-queue.ts";
import { PRIORITIES, type Priority } from "./priority.ts";

describeQueue("memory", () => new MemoryQueue());

it("passes over what waits at most a hundred times in a row, at every priority", () => {
  const queue = new MemoryQueue();
  const enqueue = (priority: Priority) =>
    queue.enqueue(new EmittedEvent(priority, undefined, 1, { time: 0, idPrefix: "x" }, NO_DETAILS), priority);
  for (const priority of PRIORITIES) for (let count = 0; count < 30; count++) enqueue(priority);
  const passedOver: Record<string, number> = { high: 0, normal: 0, low: 0 };
  let longest = 0;
  for (let round = 0; round < 2000; round++) {
    enqueue("critical");
    const type = queue.dequeue()?.type ?? "";
    for (const other of Object.keys(passedOver)) passedOver[other] = other === type ? 0 : (passedOver[other] ?? 0) + 1;
    longest = Math.max(longest, ...Object.values(passedOver));
  }
  // Two others may be due at the same time.
  expect(longest).toBeLessThanOrEqual(102);
  expect(longest).toBeGreaterThanOrEqual(100);
});
