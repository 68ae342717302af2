import { type Log, silentLog } from "@llmspell/base";
import type { EventInput } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { SourceContract } from "./generated/options.ts";
import { SourceReader } from "./source-reader.ts";

const { signal } = new AbortController();
const SIGNALS = { reading: signal, emitting: signal };

/** Reads records and gives the events that come of them; each is taken at once. */
async function eventsOf(records: readonly unknown[], contract: SourceContract, clock = new VirtualClock()) {
  const events: EventInput[] = [];
  const emit = async (event: EventInput) => {
    events.push(event);
    return { sequence: events.length, outcome: "routed", routes: [] } as const;
  };
  const source = {
    async *open() {
      yield* records;
    },
  };
  const reader = new SourceReader("desk", contract, { source, bus: { emit }, clock, log: silentLog });
  await reader.run(SIGNALS);
  return { events, stats: reader.stats() };
}

describe("SourceReader", () => {
  it("makes events by the templates, and carries the source's name", async () => {
    const record = { id: 7, kind: "issue", repo: "a/b", payload: { x: [1] } };
    const { events } = await eventsOf([record], {
      type: "{{ record.kind }}.seen",
      id: "delivery-{{ record.id }}",
      key: "{{ record.repo }}",
      subject: "{{ record.repo }}#{{ record.id }}",
      data: "{{ record.payload }}",
    });
    expect(events).toEqual([
      { type: "issue.seen", id: "delivery-7", key: "a/b", subject: "a/b#7", data: { x: [1] }, source: "desk" },
    ]);
    expect(events[0]?.data).toBe(record.payload);
  });

  it("gives the record itself as data, and leaves out what a template leaves empty", async () => {
    const { events } = await eventsOf([{ key: "" }, "text"], { type: "line", key: '{{ record.?key.orValue("") }}' });
    expect(events).toMatchObject([
      { type: "line", data: { key: "" }, key: undefined },
      { type: "line", data: "text", key: undefined },
    ]);
  });

  it("counts a record that lacks what a template names, and goes on", async () => {
    const { events, stats } = await eventsOf([{ t: "a" }, {}, { t: "b" }], { type: "{{ record.t }}" });
    expect(events.map(({ type }) => type)).toEqual(["a", "b"]);
    expect(stats).toMatchObject({ in: 3, out: 2, shed: 0, failed: 1, pending: 0, skipped: 0, state: "exhausted" });
  });

  it("pauses after each time slice, so that records without end do not keep timers waiting", async () => {
    class BusyClock extends VirtualClock {
      #reads = 0;
      readonly pauses: number[] = [];

      override now(): number {
        return this.#reads++;
      }

      override async sleep(): Promise<void> {
        this.pauses.push(this.#reads);
      }
    }
    const clock = new BusyClock();
    await eventsOf(new Array(100).fill({}), { type: "t" }, clock);
    const gaps = clock.pauses.map((at, index) => at - (clock.pauses[index - 1] ?? 0));
    expect(gaps.length).toBeGreaterThan(5);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12);
  });

  it("leaves a source behind that does not end when it is told to, and says which", async () => {
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
    const events: EventInput[] = [];
    const emit = async (event: EventInput) => {
      events.push(event);
      return { sequence: 1, outcome: "routed", routes: [] } as const;
    };
    const late = Promise.withResolvers<void>();
    const source = {
      async *open() {
        yield 1;
        await late.promise;
        yield 2;
      },
    };
    const reader = new SourceReader("deaf", { type: "t" }, { source, bus: { emit }, clock, log });
    const stop = new AbortController();
    const run = reader.run({ reading: stop.signal, emitting: signal });
    await clock.advance(60_000);
    stop.abort(new Error("enough"));
    await clock.advance(4_999);
    expect(reader.stats().state).toBe("reading");
    await clock.advance(1);
    await run;
    expect(warnings).toEqual(["Source deaf has not ended 5000 ms after it was told to; it is left behind."]);
    late.resolve();
    await clock.advance(0);
    expect(events).toHaveLength(1);
    expect(reader.stats()).toMatchObject({ in: 1, out: 1, pending: 0, state: "stopped" });
  });

  it("does not leave a source behind whose last records wait for room", async () => {
    const clock = new VirtualClock();
    const room = Promise.withResolvers<void>();
    const emit = async () => {
      await room.promise;
      return { sequence: 1, outcome: "routed", routes: [] } as const;
    };
    const source = {
      async *open() {
        yield* [1, 2, 3];
      },
    };
    const contract = { type: "t", maxInFlight: 1 };
    const reader = new SourceReader("slowed", contract, { source, bus: { emit }, clock, log: silentLog });
    const stop = new AbortController();
    const run = reader.run({ reading: stop.signal, emitting: signal });
    await clock.advance(0);
    stop.abort(new Error("enough"));
    await clock.advance(20_000);
    expect(reader.stats()).toMatchObject({ in: 1, pending: 1 });
    room.resolve();
    await run;
    expect(reader.stats()).toMatchObject({ in: 1, out: 1, state: "stopped" });
  });
});
