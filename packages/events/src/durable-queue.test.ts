import { describeQueue } from "@llmspell/testkit/conformance/queue";
import type { BusEvent } from "./bus-event.ts";
import { MemoryQueue } from "./memory-queue.ts";
import type { Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";

/** Durable over a journal that outlives it: the least that a queue on disk has to do. */
class JournalQueue extends MemoryQueue implements Queue {
  override readonly durable = true;
  readonly journal: Map<string, string>;

  constructor(journal = new Map<string, string>()) {
    super();
    this.journal = journal;
  }

  open(): void {
    for (const line of this.journal.values()) super.enqueue({ ...JSON.parse(line), sequence: 0 }, "normal");
  }

  override async enqueue(event: BusEvent, priority: Priority): Promise<void> {
    if (typeof event.data === "function") throw new TypeError("A function cannot be kept.");
    this.journal.set(event.id, JSON.stringify(event));
    super.enqueue(event, priority);
  }

  override ack(event: BusEvent): void {
    this.journal.delete(event.id);
  }
}

describeQueue(
  "over a journal",
  () => new JournalQueue(),
  (closed) => new JournalQueue(closed instanceof JournalQueue ? closed.journal : undefined),
);
