import { describeQueue } from "@llmspell/testkit/conformance/queue";
import type { BusEvent } from "./bus-event.ts";
import { MemoryQueue } from "./memory-queue.ts";
import type { Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";

interface Line {
  readonly text: string;
  readonly priority: Priority;
}

/** Durable over a journal that outlives it: the least that a queue on disk has to do. */
class JournalQueue extends MemoryQueue implements Queue {
  override readonly durable = true;
  readonly journal: Map<string, Line>;

  constructor(journal = new Map<string, Line>()) {
    super();
    this.journal = journal;
  }

  open(): void {
    for (const { text, priority } of this.journal.values())
      super.enqueue(
        { subject: undefined, key: undefined, deadLetter: undefined, ...JSON.parse(text), sequence: 0 },
        priority,
      );
  }

  override async enqueue(event: BusEvent, priority: Priority): Promise<void> {
    if (typeof event.data === "function") throw new TypeError("A function cannot be kept.");
    this.journal.set(event.id, { text: JSON.stringify(event), priority });
    super.enqueue(event, priority);
  }

  override ack(event: BusEvent): void {
    this.journal.delete(event.id);
  }

  override evict(newcomer: Priority): BusEvent | undefined {
    const evicted = super.evict(newcomer);
    if (evicted !== undefined) this.journal.delete(evicted.id);
    return evicted;
  }
}

describeQueue(
  "over a journal",
  () => new JournalQueue(),
  (closed) => new JournalQueue(closed instanceof JournalQueue ? closed.journal : undefined),
);
