import { silentLog } from "@llmspell/base";
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
});
