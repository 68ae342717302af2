import type { BusEvent, Priority, Queue } from "@llmspell/events";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../virtual-clock.ts";

/** How the suite gets a queue whose leases run out. */
export interface ExpiringLeases {
  /** How long a lease lasts; milliseconds, at least 2. */
  readonly timeout: number;
  /** Makes an empty queue with such leases, which tells the time by the clock. */
  create(clock: VirtualClock): Queue | Promise<Queue>;
}

/**
 * The contract of kind `queue`, as tests: every implementation passes it.
 *
 * @param create makes an empty queue, each time one of its own
 * @param reopen makes, of a durable queue that was closed, the one that the next run would have; left out for queues that
 * are not durable
 * @param leases makes a queue whose leases run out; left out for those that have none such
 */
export function describeQueue(
  name: string,
  create: () => Queue | Promise<Queue>,
  reopen?: (closed: Queue) => Queue | Promise<Queue>,
  leases?: ExpiringLeases,
): void {
  async function opened(): Promise<Queue> {
    const queue = await create();
    await queue.open?.(() => undefined);
    return queue;
  }

  async function filled(...entries: readonly (readonly [id: string, priority: Priority])[]): Promise<Queue> {
    const queue = await opened();
    let sequence = 0;
    for (const [id, priority] of entries) await queue.enqueue(testEvent(id, ++sequence), priority);
    return queue;
  }

  describe(`queue ${name}`, () => {
    it("is empty at first", async () => {
      const queue = await opened();
      expect([queue.size, queue.dequeue(), queue.evict("critical")]).toEqual([0, undefined, undefined]);
      await queue.close?.();
    });

    it("hands out whole events, equal to what went in", async () => {
      const queue = await opened();
      const event = {
        ...testEvent("a", 1),
        data: { list: [1, "two", null], nested: { yes: true } },
        key: "k",
        expiresAt: 9e12,
      };
      await queue.enqueue(event, "normal");
      expect(queue.dequeue()).toEqual(event);
      await queue.close?.();
    });

    it("hands out in order, the more urgent first", async () => {
      const queue = await filled(
        ["n1", "normal"],
        ["l1", "low"],
        ["h1", "high"],
        ["n2", "normal"],
        ["c1", "critical"],
        ["h2", "high"],
      );
      expect(queue.size).toBe(6);
      expect(idsOf(queue)).toEqual(["c1", "h1", "h2", "n1", "n2", "l1"]);
      await queue.close?.();
    });

    it("does not count leased events as waiting, and forgets acknowledged ones", async () => {
      const queue = await filled(["a", "normal"], ["b", "normal"]);
      const leased = dequeued(queue);
      expect(queue.size).toBe(1);
      await queue.ack(leased);
      expect(idsOf(queue)).toEqual(["b"]);
      expect(queue.size).toBe(0);
      await queue.close?.();
    });

    it("neither hands out nor counts what is held, and forgets it like any other when it is acknowledged", async () => {
      const queue = await filled(["a", "normal"], ["b", "normal"]);
      const [held, resumed] = [dequeued(queue), dequeued(queue)];
      for (const event of [held, resumed]) queue.hold?.(event);
      queue.resume?.(resumed);
      expect([queue.size, queue.dequeue()]).toEqual([0, undefined]);
      await queue.ack(held);
      queue.nack(resumed);
      expect(idsOf(queue)).toEqual(["b"]);
      await queue.close?.();
    });

    it("hands out a returned event before the others", async () => {
      const queue = await filled(["a", "low"], ["b", "low"]);
      queue.nack(dequeued(queue));
      expect(queue.size).toBe(2);
      await queue.enqueue(testEvent("c", 3), "critical");
      expect(idsOf(queue)).toEqual(["a", "c", "b"]);
      await queue.close?.();
    });

    it("evicts the oldest of the least urgent, and never what is more urgent than the newcomer", async () => {
      const queue = await filled(["h1", "high"], ["l1", "low"], ["l2", "low"], ["n1", "normal"]);
      expect(queue.evict("normal")?.id).toBe("l1");
      expect(queue.evict("critical")?.id).toBe("l2");
      expect(queue.evict("low")).toBeUndefined();
      expect(queue.evict("normal")?.id).toBe("n1");
      expect(queue.evict("normal")).toBeUndefined();
      expect(queue.evict("high")?.id).toBe("h1");
      expect(queue.size).toBe(0);
      await queue.close?.();
    });

    it("counts a returned event as critical when it evicts", async () => {
      const queue = await filled(["a", "low"]);
      queue.nack(dequeued(queue));
      expect(queue.evict("high")).toBeUndefined();
      expect(queue.evict("critical")?.id).toBe("a");
      await queue.close?.();
    });

    it("keeps nothing of an event that it could not keep", async () => {
      const queue = await opened();
      const unkeepable = testEvent("bad", 1);
      const enqueue = async () => queue.enqueue({ ...unkeepable, data: () => "no JSON" }, "normal");
      const isKept = await enqueue().then(
        () => true,
        () => false,
      );
      expect(queue.size).toBe(isKept ? 1 : 0);
      await queue.enqueue(testEvent("good", 2), "normal");
      expect(idsOf(queue)).toEqual(isKept ? ["bad", "good"] : ["good"]);
      await queue.close?.();
    });

    it("keeps order and count over thousands of events that come and go", async () => {
      const queue = await opened();
      let entered = 0;
      let left = 0;
      for (let round = 1; round <= 60; round++) {
        for (let step = 0; step < round; step++) await queue.enqueue(testEvent(`e${++entered}`, entered), "normal");
        for (let step = 0; step < round - 1; step++) {
          const event = dequeued(queue);
          expect(event.id).toBe(`e${++left}`);
          await queue.ack(event);
        }
      }
      expect(queue.size).toBe(entered - left);
      await queue.close?.();
    });

    if (leases !== undefined) describeLeases(leases);
    if (reopen !== undefined) describeDurability(filled, reopen);
    else
      it("does not call itself durable, as it cannot be opened again", async () => {
        expect((await create()).durable).toBe(false);
      });
  });
}

/** What becomes of events that whoever has them takes too long for. */
function describeLeases({ create, timeout }: ExpiringLeases): void {
  async function leased(...ids: readonly string[]) {
    const clock = new VirtualClock();
    const queue = await create(clock);
    let wakes = 0;
    await queue.open?.(() => wakes++);
    for (const id of ids) await clock.runUntil(Promise.resolve(queue.enqueue(testEvent(id, 1), "normal")));
    const events = ids.map(() => dequeued(queue));
    wakes = 0;
    return { queue, clock, events, wakes: () => wakes };
  }

  it("hands out an event again when its lease runs out, before the others, as another object; counts it, and wakes the channel", async () => {
    const { queue, clock, events, wakes } = await leased("a");
    await clock.runUntil(Promise.resolve(queue.enqueue(testEvent("b", 2), "critical")));
    await clock.advance(timeout - 1 - clock.now());
    expect([queue.size, queue.redelivered, wakes()]).toEqual([1, 0, 0]);
    await clock.advance(2);
    expect([queue.size, queue.redelivered]).toEqual([2, 1]);
    expect(wakes()).toBeGreaterThan(0);
    const again = dequeued(queue);
    expect(again).toEqual(events[0]);
    expect(again).not.toBe(events[0]);
    expect(idsOf(queue)).toEqual(["b"]);
    await queue.close?.();
  });

  it("ends an event for good with the first acknowledgement, also one that comes late", async () => {
    const { queue, clock, events } = await leased("a", "b");
    const [late, inTime] = events;
    if (late === undefined || inTime === undefined) throw new Error("Two events were put in.");
    await queue.ack(inTime);
    await clock.advance(timeout + 1);
    expect(idsOf(queue)).toEqual(["a"]);
    await queue.ack(late);
    await clock.advance(10 * timeout);
    expect([queue.size, queue.redelivered]).toEqual([0, 1]);
    await queue.close?.();
  });

  it("stops the time of a lease that is held, and begins it anew when it is resumed", async () => {
    const { queue, clock, events } = await leased("held", "resumed");
    for (const event of events) queue.hold?.(event);
    await clock.advance(10 * timeout);
    expect([queue.size, queue.redelivered]).toEqual([0, 0]);
    const [, resumed] = events;
    if (resumed !== undefined) queue.resume?.(resumed);
    await clock.advance(timeout - 1);
    expect([queue.size, queue.redelivered]).toEqual([0, 0]);
    // It is held no longer: its time goes on.
    if (resumed !== undefined) queue.resume?.(resumed);
    await clock.advance(2);
    expect(idsOf(queue)).toEqual(["resumed"]);
    await queue.close?.();
  });
}

/** What a durable queue keeps of a run for the next one. */
function describeDurability(
  filled: (...entries: readonly (readonly [id: string, priority: Priority])[]) => Promise<Queue>,
  reopen: (closed: Queue) => Queue | Promise<Queue>,
): void {
  async function nextRunOf(queue: Queue): Promise<Queue> {
    await queue.close?.();
    const next = await reopen(queue);
    await next.open?.(() => undefined);
    return next;
  }

  it("calls itself durable", async () => {
    const queue = await filled();
    expect(queue.durable).toBe(true);
    await queue.close?.();
  });

  it("has what was waiting and leased again after the process has ended, and nothing that was acknowledged", async () => {
    const queue = await filled(["a", "normal"], ["b", "normal"], ["c", "high"], ["d", "normal"]);
    await queue.ack(dequeued(queue));
    expect(dequeued(queue).id).toBe("a");
    const next = await nextRunOf(queue);
    expect(next.size).toBe(3);
    expect(idsOf(next)).toEqual(["a", "b", "d"]);
    await next.close?.();
  });

  it("hands out what is left as whole events, with sequence 0, the more urgent first", async () => {
    const queue = await filled(["l", "low"], ["n1", "normal"], ["h", "high"], ["n2", "normal"], ["c", "critical"]);
    const next = await nextRunOf(queue);
    expect(dequeued(next)).toEqual(testEvent("c", 0));
    await next.enqueue(testEvent("h2", 9), "high");
    expect(dequeued(next)).toEqual(testEvent("h", 0));
    expect(dequeued(next)).toEqual(testEvent("h2", 9));
    expect(idsOf(next)).toEqual(["n1", "n2", "l"]);
    await next.close?.();
  });

  it("keeps a returned event for the next run, and no evicted one", async () => {
    const queue = await filled(["a", "normal"], ["b", "low"], ["c", "low"]);
    queue.nack(dequeued(queue));
    expect(queue.evict("low")?.id).toBe("b");
    const next = await nextRunOf(queue);
    expect(idsOf(next)).toEqual(["a", "c"]);
    await next.close?.();
  });

  it("loses nothing over several runs, and brings nothing back that was acknowledged", async () => {
    let queue = await filled();
    const acknowledged: string[] = [];
    for (let run = 0; run < 5; run++) {
      for (let number = 0; number < 20; number++) await queue.enqueue(testEvent(`r${run}-${number}`, 1), "normal");
      for (let number = 0; number < 15; number++) {
        const event = dequeued(queue);
        if (number % 3 === 0) queue.nack(event);
        else await queue.ack(event);
        if (number % 3 > 0) acknowledged.push(event.id);
      }
      queue = await nextRunOf(queue);
    }
    const left = idsOf(queue);
    expect(new Set([...acknowledged, ...left]).size).toBe(100);
    expect(acknowledged.length + left.length).toBe(100);
    await queue.close?.();
  });
}

function testEvent(id: string, sequence: number): BusEvent {
  const text = { id, type: "test.happened", source: "test", subject: undefined, key: undefined };
  return { ...text, time: 1000, data: { id }, sequence, emittedAt: 2000, deadLetter: undefined };
}

function dequeued(queue: Queue): BusEvent {
  const event = queue.dequeue();
  if (event === undefined) throw new Error("The queue has nothing to hand out.");
  return event;
}

function idsOf(queue: Queue): string[] {
  const ids: string[] = [];
  for (let event = queue.dequeue(); event !== undefined; event = queue.dequeue()) ids.push(event.id);
  return ids;
}
