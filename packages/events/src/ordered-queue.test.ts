import { describe, expect, it } from "vitest";
import { type BusEvent, eventRecord } from "./bus-event.ts";
import { EmittedEvent, NO_DETAILS } from "./emitted-event.ts";
import { MemoryQueue } from "./memory-queue.ts";
import { OrderedQueue } from "./ordered-queue.ts";

let sequence = 0;

function testEvent(key: string | undefined, name: string): BusEvent {
  return new EmittedEvent("t", name, ++sequence, { time: 0, idPrefix: "t" }, { ...NO_DETAILS, key });
}

/** A durable queue that puts back what it is told to put back, as one does whose leases run out. */
class LeasingQueue extends MemoryQueue {
  override readonly durable = true;
  redelivered = 0;
  readonly steps: string[] = [];

  expire(event: BusEvent): BusEvent {
    this.redelivered++;
    const again = eventRecord(event) as unknown as BusEvent;
    super.nack(again);
    return again;
  }

  override ack({ data }: BusEvent): void {
    this.steps.push(`ack ${data}`);
  }

  hold({ data }: BusEvent): void {
    this.steps.push(`hold ${data}`);
  }

  resume({ data }: BusEvent): void {
    this.steps.push(`resume ${data}`);
  }
}

function createQueue() {
  const inner = new LeasingQueue();
  const failures: string[] = [];
  const queue = new OrderedQueue(
    inner,
    ({ key }) => key,
    (problem) => failures.push(problem),
  );
  const enqueue = (key: string | undefined, ...names: readonly string[]) => {
    for (const name of names) void queue.enqueue(testEvent(key, name), "normal");
  };
  const dequeue = () => {
    const event = queue.dequeue();
    if (event === undefined) throw new Error("Nothing is ready.");
    return event;
  };
  return { inner, queue, enqueue, dequeue, failures };
}

describe("the queue that keeps the order of each key", () => {
  it("forgets a key when nothing of it is leased or held back", () => {
    const { queue, enqueue, dequeue } = createQueue();
    for (let number = 0; number < 1000; number++) {
      enqueue(`k${number}`, "1", "2");
      const first = dequeue();
      expect(queue.dequeue()).toBeUndefined();
      expect(queue.keys).toBe(1);
      void queue.ack(first);
      void queue.ack(dequeue());
      expect([queue.keys, queue.size]).toEqual([0, 0]);
    }
  });

  it("remembers nothing of events without a key", () => {
    const { queue, enqueue, dequeue } = createQueue();
    enqueue(undefined, "1", "2");
    dequeue();
    dequeue();
    expect([queue.keys, queue.size]).toEqual([0, 0]);
  });

  it("stops the time of the lease of what it holds back, until it hands it out", () => {
    const { inner, queue, enqueue, dequeue } = createQueue();
    enqueue("a", "a1", "a2");
    const first = dequeue();
    expect(queue.dequeue()).toBeUndefined();
    void queue.ack(first);
    expect(dequeue().data).toBe("a2");
    expect(inner.steps).toEqual(["hold a2", "ack a1", "resume a2"]);
  });

  it("hands out again what was put back for taking too long, and goes on when that is done", () => {
    const { inner, queue, enqueue, dequeue } = createQueue();
    enqueue("a", "a1", "a2");
    const late = dequeue();
    expect(queue.dequeue()).toBeUndefined();
    inner.expire(late);
    const again = dequeue();
    expect(again.id).toBe(late.id);
    void queue.ack(late);
    expect(queue.dequeue()).toBeUndefined();
    void queue.ack(again);
    expect(dequeue().data).toBe("a2");
  });

  it("holds back a second event that was given the same id", () => {
    const { inner, queue, dequeue } = createQueue();
    inner.redelivered = 1;
    const details = { ...NO_DETAILS, key: "a", id: "same" };
    for (const number of [1, 2])
      void queue.enqueue(new EmittedEvent("t", number, number, { time: 0, idPrefix: "" }, details), "normal");
    dequeue();
    expect(queue.dequeue()).toBeUndefined();
  });

  it("holds back one of an earlier run that was given the same id, unless it is the one that is leased", () => {
    const { inner, queue, dequeue } = createQueue();
    const text = { id: "same", type: "t", subject: undefined, key: "a", time: 0, deadLetter: undefined };
    const kept = (data: string, emittedAt: number, source = "s"): BusEvent => ({
      ...text,
      ...{ data, emittedAt, source, sequence: 0 },
    });
    const enqueue = (...events: readonly BusEvent[]) => {
      for (const event of events) void queue.enqueue(event, "normal");
    };
    enqueue(kept("first", 1), kept("no other was put back", 1));
    const first = dequeue();
    expect(queue.dequeue()).toBeUndefined();
    inner.redelivered = 1;
    enqueue(kept("later", 2), kept("from elsewhere", 1, "other"));
    expect(queue.dequeue()).toBeUndefined();
    enqueue(kept("again", 1));
    expect(dequeue().data).toBe("again");
    void queue.ack(first);
    expect(queue.heldBack).toBe(3);
  });

  it("looks at a bounded number of events of a durable queue, and past that at what took too long", () => {
    const { inner, queue, enqueue, dequeue } = createQueue();
    enqueue("hot", ...Array.from({ length: 1500 }, (_, number) => `h${number}`));
    enqueue("cold", "c");
    const hanging = dequeue();
    expect(queue.dequeue()).toBeUndefined();
    expect([queue.size, inner.size]).toEqual([1500, 500]);
    inner.expire(hanging);
    const again = dequeue();
    expect(queue.dequeue()).toBeUndefined();
    expect([again.id, inner.size]).toEqual([hanging.id, 500]);
  });

  it("evicts the oldest that is held back, then what waits, and has it forgotten", () => {
    const { inner, queue, enqueue, dequeue } = createQueue();
    enqueue("a", "a1", "a2", "a3");
    const first = dequeue();
    expect(queue.dequeue()).toBeUndefined();
    enqueue("a", "a4");
    expect([queue.evict("low")?.data, queue.evict("low")?.data, queue.evict("low")?.data]).toEqual(["a2", "a3", "a4"]);
    expect(queue.evict("critical")).toBeUndefined();
    expect(inner.steps).toEqual(["hold a2", "hold a3", "ack a2", "ack a3"]);
    void queue.ack(first);
    expect([queue.keys, queue.size]).toEqual([0, 0]);
  });

  it("drops what the queue cannot forget, and tells", () => {
    const { inner, queue, enqueue, dequeue, failures } = createQueue();
    enqueue("a", "a1", "a2");
    dequeue();
    expect(queue.dequeue()).toBeUndefined();
    inner.ack = () => {
      throw new Error("disk full");
    };
    const dropped = queue.evict("low");
    expect([dropped?.data, queue.size]).toEqual(["a2", 0]);
    expect(failures).toEqual([`could not forget event ${dropped?.id}, which was dropped`]);
  });

  it("does not take what was returned for what took too long, which it still looks for", () => {
    const { inner, queue, enqueue, dequeue } = createQueue();
    enqueue(undefined, "free");
    const free = dequeue();
    enqueue("hot", ...Array.from({ length: 1500 }, (_, number) => `h${number}`));
    const hanging = dequeue();
    expect(queue.dequeue()).toBeUndefined();
    inner.expire(hanging);
    queue.nack(free);
    expect(dequeue()).toBe(free);
    expect(dequeue().id).toBe(hanging.id);
  });

  it("evicts what was returned for a critical newcomer only, and has it forgotten", () => {
    const { inner, queue, enqueue, dequeue } = createQueue();
    enqueue("a", "a1");
    queue.nack(dequeue());
    expect(queue.evict("high")).toBeUndefined();
    expect(queue.evict("critical")?.data).toBe("a1");
    expect(inner.steps).toEqual(["hold a1", "ack a1"]);
    expect([queue.keys, queue.size]).toEqual([0, 0]);
  });

  it("hands a returned event out before those behind it and before all others, with the time of its lease stopped meanwhile", () => {
    const { inner, queue, enqueue, dequeue } = createQueue();
    enqueue("a", "a1", "a2");
    enqueue("b", "b1", "b2");
    const [first, other] = [dequeue(), dequeue()];
    expect(queue.dequeue()).toBeUndefined();
    void queue.ack(other);
    inner.steps.length = 0;
    queue.nack(first);
    expect(queue.size).toBe(3);
    expect(dequeue()).toBe(first);
    expect(inner.steps).toEqual(["hold a1", "resume a1"]);
    expect(dequeue().data).toBe("b2");
    expect(queue.dequeue()).toBeUndefined();
  });
});
