import type { Log } from "@llmspell/base";
import { EventBus } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PipelineRunner, type PipelineRunnerOptions } from "./pipeline-runner.ts";
import { readingsOf } from "./readings.ts";
import type { SourceOptions } from "./section.ts";
import type { Sink } from "./sink.ts";
import type { Source, SourceContext } from "./source.ts";
import type { Step } from "./step.ts";

/** A source of the records that a generator gives. */
function sourceOf(open: (context: SourceContext) => AsyncIterable<unknown>, more: object = {}): SourceOptions {
  const source: Source = { open };
  return { use: source, type: "{{ record.type }}", ...more };
}

function given(records: readonly unknown[], more: object = {}): SourceOptions {
  return sourceOf(async function* () {
    yield* records;
  }, more);
}

class MemorySink implements Sink {
  readonly calls: string[] = [];
  readonly records: unknown[] = [];

  async open(): Promise<void> {
    this.calls.push("open");
  }

  write(record: unknown): void {
    this.records.push(record);
  }

  async flush(): Promise<void> {
    this.calls.push(`flush after ${this.records.length}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calls.push("dispose");
  }
}

function setUp(options: PipelineRunnerOptions, channels: object = { work: {} }) {
  const clock = new VirtualClock();
  const messages: string[] = [];
  const note = (message: string) => messages.push(message);
  const log: Log = { debug: () => {}, info: note, warn: note, error: note };
  const bus = new EventBus({ channels: { ...channels } }, { clock, log });
  bus.addPatternRoute({ pattern: /^work/, channel: "work" });
  const runner = new PipelineRunner(options, { bus, clock, log });
  return { clock, bus, runner, messages };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  // biome-ignore lint/plugin: real turns of the event loop, which no clock counts
  const turn = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([promise, turn])) !== pending;
}

describe("PipelineRunner", () => {
  it("completes when every record has been handled and the sinks are flushed", async () => {
    const out = new MemorySink();
    const { clock, bus, runner } = setUp({
      sources: {
        a: given([{ type: "work", n: 1 }]),
        b: given([{ type: "work.more", n: 2 }], { data: { n: "{{ record.n }}" } }),
      },
      pipelines: {
        worker: { on: "work", steps: [{ write: "out", data: "{{ event.data.n }}", when: "event.source != ''" }] },
      },
      sinks: { out },
    });
    await runner.start();
    runner.openSources();
    await clock.runUntil(runner.completed);
    expect(out.records.toSorted()).toEqual([1, 2]);
    expect(out.calls).toEqual(["open", "flush after 2"]);
    await runner[Symbol.asyncDispose]();
    await runner[Symbol.asyncDispose]();
    expect(out.calls).toEqual(["open", "flush after 2", "dispose"]);
    await bus[Symbol.asyncDispose]();
  });

  it("waits for what pipelines emit themselves", async () => {
    const out = new MemorySink();
    const { clock, runner } = setUp({
      sources: { once: given([{ type: "work", n: 3 }]) },
      pipelines: {
        countdown: {
          on: "work",
          steps: [
            { emit: "work", data: { n: "{{ event.data.n - 1 }}" }, when: "event.data.n > 0" },
            { write: "out", data: "{{ event.data.n }}" },
          ],
        },
      },
      sinks: { out },
    });
    await runner.start();
    runner.openSources();
    await clock.runUntil(runner.completed);
    expect(out.records).toEqual([3, 2, 1, 0]);
  });

  it("accounts for every record: taken, unrouted, refused, without a subscriber, no event", async () => {
    const records = [
      { type: "work", n: 1 },
      { type: "other" },
      { type: "quiet" },
      { noType: true },
      { type: "" },
      { type: "limited" },
      { type: "limited" },
    ];
    const withBad = sourceOf(async function* ({ skip }) {
      yield* records;
      skip(new Error("line 8 is broken"));
    });
    const { clock, bus, runner, messages } = setUp(
      { sources: { mixed: withBad }, pipelines: { worker: { on: ["work", "limited"], steps: [{ emit: "done" }] } } },
      { work: {}, quiet: {}, limited: { rateLimit: "1/h" } },
    );
    bus.addRoute({ eventType: "quiet", channel: "quiet" });
    bus.addRoute({ eventType: "limited", channel: "limited" });
    await runner.start();
    runner.openSources();
    await clock.runUntil(runner.completed);
    const { mixed } = runner.stats().sources;
    expect(mixed).toEqual({
      in: 8,
      out: 2,
      shed: 3,
      failed: 3,
      pending: 0,
      unrouted: 1,
      noSubscribers: 1,
      refused: 1,
      skipped: 1,
      state: "exhausted",
    });
    const told = messages.filter((message) => message.startsWith("Source "));
    expect(told).toHaveLength(3);
    expect(told.at(-1)).toBe("Source mixed left out a record: line 8 is broken");
    const [source, pipeline, step] = readingsOf(runner.stats());
    expect(source).toMatchObject({ part: "source", name: "mixed", in: 8, out: 2, shed: 3, failed: 3, pending: 0 });
    expect(pipeline).toMatchObject({ part: "pipeline", name: "worker", in: 2, out: 2 });
    expect(step).toMatchObject({ part: "step", name: "worker.done", in: 2, out: 2, details: { retries: 0 } });
  });

  it("loses nothing for any mixture of records, limits and failing steps", async () => {
    const record = fc.record({ type: fc.constantFrom("work", "work.b", "none", ""), bad: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom("critical", "high", "normal", "low"),
        async (records, maxInFlight, priority) => {
          const step = { use: { run: () => Promise.resolve(1) }, when: "!event.data.bad || event.data.none" };
          const { clock, bus, runner } = setUp(
            { sources: { all: given(records, { maxInFlight }) }, pipelines: { worker: { on: "work", steps: [step] } } },
            { work: { priority, capacity: 10 } },
          );
          await runner.start();
          runner.openSources();
          await clock.runUntil(runner.completed);
          const { sources, pipelines } = runner.stats();
          const { all } = sources;
          expect(all?.in).toBe(records.length);
          expect(all?.in).toBe((all?.out ?? 0) + (all?.shed ?? 0) + (all?.failed ?? 0));
          expect(all?.failed).toBe(records.filter(({ type }) => type === "").length);
          const { worker } = pipelines;
          expect(worker?.in).toBe(all?.out);
          expect(worker?.in).toBe((worker?.out ?? 0) + (worker?.failed ?? 0));
          await runner[Symbol.asyncDispose]();
          await bus[Symbol.asyncDispose]();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("reads no further than `maxInFlight` events ahead of a channel that is awaited", async () => {
    let read = 0;
    const endless = sourceOf(
      async function* () {
        for (;;) yield { type: "work", n: ++read };
      },
      { maxInFlight: 3 },
    );
    const { clock, runner } = setUp(
      {
        sources: { endless },
        pipelines: { worker: { on: "work", steps: [{ use: { run: (_, { clock: own }) => own.sleep(1000) } }] } },
      },
      { work: { priority: "high" } },
    );
    await runner.start();
    runner.openSources();
    await clock.advance(10);
    expect(read).toBe(3);
    expect(runner.stats().sources["endless"]).toMatchObject({ in: 3, pending: 3, state: "reading" });
    await clock.advance(1000);
    expect(read).toBe(4);
    await clock.runUntil(runner.drain());
    expect(await isSettled(runner.completed)).toBe(false);
    expect(runner.stats()).toMatchObject({
      sources: { endless: { in: read, out: read, pending: 0, state: "stopped" } },
      pipelines: { worker: { in: read, out: read, pending: 0 } },
    });
    await runner[Symbol.asyncDispose]();
  });

  it("fails when a source fails, after everything emitted has been handled; others are read no further", async () => {
    const out = new MemorySink();
    const failing = sourceOf(async function* () {
      yield { type: "work", n: 1 };
      yield { type: "work", n: 2 };
      throw new Error("connection lost");
    });
    const waiting = sourceOf(async function* ({ signal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield* [];
    });
    const { clock, runner, messages } = setUp({
      sources: { failing, waiting },
      pipelines: { worker: { on: "work", steps: [{ use: { run: () => clock.sleep(500) } }, { write: "out" }] } },
      sinks: { out },
    });
    await runner.start();
    runner.openSources();
    await expect(clock.runUntil(runner.completed)).rejects.toMatchObject({
      code: "LLMSPELL_E_SOURCE_FAILED",
      message: 'Source "failing" failed: connection lost',
    });
    expect(out.records).toHaveLength(2);
    expect(out.calls).toEqual(["open", "flush after 2"]);
    expect(messages).toContain('Source "failing" failed: connection lost');
    const { sources } = runner.stats();
    expect(sources).toMatchObject({
      failing: { in: 2, out: 2, state: "failed" },
      waiting: { in: 0, state: "stopped" },
    });
  });

  it("tells of a source's failure also when it is drained meanwhile", async () => {
    const failing = sourceOf(async function* () {
      yield { type: "work" };
      throw new Error("gone");
    });
    const { clock, runner } = setUp({
      sources: { failing },
      pipelines: { worker: { on: "work", steps: [{ use: { run: () => clock.sleep(500) } }] } },
    });
    await runner.start();
    runner.openSources();
    await clock.advance(20);
    const failed = expect(runner.completed).rejects.toMatchObject({ code: "LLMSPELL_E_SOURCE_FAILED" });
    await clock.runUntil(runner.drain());
    await failed;
    await runner[Symbol.asyncDispose]();
  });

  it("serves until stopped when there is no source", async () => {
    const { runner } = setUp({ pipelines: { worker: { on: "work", steps: [{ emit: "x" }] } } });
    await runner.start();
    runner.openSources();
    expect(await isSettled(runner.completed)).toBe(false);
    await runner.drain();
    await runner[Symbol.asyncDispose]();
    expect(await isSettled(runner.completed)).toBe(false);
  });

  it("gives up steps that do not end when it is disposed without a drain", async () => {
    const out = new MemorySink();
    const hangs = { use: { run: () => new Promise(() => {}) } };
    const { clock, bus, runner } = setUp({
      sources: { a: given([{ type: "work" }, { type: "work" }]) },
      pipelines: { worker: { on: "work", steps: [hangs] } },
      sinks: { out },
    });
    await runner.start();
    runner.openSources();
    await clock.advance(100);
    expect(runner.stats().pipelines["worker"]).toMatchObject({ in: 1, pending: 1 });
    await clock.runUntil(runner[Symbol.asyncDispose]());
    expect(runner.stats().pipelines["worker"]).toMatchObject({ pending: 0, out: 0 });
    expect(out.calls).toEqual(["open", "dispose"]);
    expect(await isSettled(runner.completed)).toBe(false);
    await bus[Symbol.asyncDispose]();
    expect(bus.stats().channels["work"]).toMatchObject({ accepted: 2, delivered: 0, failed: 0, shed: 2 });
  });

  it("ends a drain when its signal aborts, or when it is disposed meanwhile", async () => {
    const hangs = { use: { run: () => new Promise(() => {}) } };
    const { clock, bus, runner } = setUp({
      sources: { a: given([{ type: "work" }]) },
      pipelines: { worker: { on: "work", steps: [hangs] } },
    });
    await runner.start();
    runner.openSources();
    await clock.advance(100);
    const stop = new AbortController();
    const bounded = expect(runner.drain(stop.signal)).rejects.toThrow("enough");
    const unbounded = expect(runner.drain()).rejects.toMatchObject({ code: "LLMSPELL_E_PIPELINE_STOPPED" });
    await clock.advance(100);
    stop.abort(new Error("enough"));
    await bounded;
    await clock.runUntil(runner[Symbol.asyncDispose]());
    await unbounded;
    await bus[Symbol.asyncDispose]();
  });

  it("fails when a sink cannot be flushed, and disposes every sink although one fails", async () => {
    const broken: Sink = {
      write: () => {},
      flush: () => Promise.reject(new Error("disk full")),
      [Symbol.asyncDispose]: () => Promise.reject(new Error("still full")),
    };
    const fine = new MemorySink();
    const { clock, runner } = setUp({ sources: { none: given([]) }, sinks: { broken, fine } });
    await runner.start();
    runner.openSources();
    await expect(clock.runUntil(runner.completed)).rejects.toMatchObject({
      code: "LLMSPELL_E_SINK_FLUSH",
      message: 'Sink "broken" could not finish what was written to it: disk full',
    });
    await expect(runner[Symbol.asyncDispose]()).rejects.toThrow("still full");
    expect(fine.calls).toContain("dispose");
  });

  it("opens steps before the first event, and disposes sources, steps and sinks in this order", async () => {
    const calls: string[] = [];
    const disposal = (name: string) => ({
      async [Symbol.asyncDispose]() {
        calls.push(`${name} disposed`);
      },
    });
    const step: Step = {
      open: () => void calls.push("step opened"),
      run: () => void calls.push("step run"),
      ...disposal("step"),
    };
    const source: Source = {
      async *open() {
        yield { type: "work" };
      },
      ...disposal("source"),
    };
    const { clock, runner } = setUp({
      sources: { a: { use: source, type: "{{ record.type }}" } },
      pipelines: {
        first: { on: "work", steps: [{ use: step }] },
        second: { on: "work", steps: [{ use: step }], onCancel: [{ use: { run: () => 1, ...disposal("other") } }] },
      },
      sinks: { out: { write: () => {}, ...disposal("sink") } },
    });
    await runner.start();
    runner.openSources();
    await clock.runUntil(runner.completed);
    await runner[Symbol.asyncDispose]();
    expect(calls).toEqual([
      "step opened",
      "step run",
      "step run",
      "source disposed",
      "other disposed",
      "step disposed",
      "sink disposed",
    ]);
  });

  it("does not start when a step cannot be opened, and disposes it all the same", async () => {
    const out = new MemorySink();
    let isDisposed = false;
    const step: Step = {
      open: () => {
        throw new Error("no connection");
      },
      run: () => 1,
      async [Symbol.asyncDispose]() {
        isDisposed = true;
      },
    };
    const { runner } = setUp({ pipelines: { worker: { on: "work", steps: [{ use: step }] } }, sinks: { out } });
    await expect(runner.start()).rejects.toThrow("no connection");
    await runner[Symbol.asyncDispose]();
    expect(isDisposed).toBe(true);
    expect(out.calls).toEqual(["open", "dispose"]);
  });

  it("counts what sinks take and refuse", async () => {
    const picky: Sink = {
      write: (record) => {
        if (record === 2) throw new Error("no twos");
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const { clock, runner } = setUp({
      sources: { a: given([1, 2, 3], { type: "work" }) },
      pipelines: { worker: { on: "work", steps: [{ write: "picky", data: "{{ event.data }}" }] } },
      sinks: { picky },
    });
    await runner.start();
    runner.openSources();
    await clock.runUntil(runner.completed);
    expect(runner.stats().sinks["picky"]).toMatchObject({ in: 3, out: 2, shed: 0, failed: 1, pending: 0 });
  });

  it("counts everything as unrouted without a bus, and cannot create what is only named", async () => {
    const clock = new VirtualClock();
    const runner = new PipelineRunner({ sources: { a: given([{ type: "work" }]) } }, { clock });
    await runner.start();
    runner.openSources();
    await clock.runUntil(runner.completed);
    expect(runner.stats().sources["a"]).toMatchObject({ in: 1, out: 0, shed: 1, unrouted: 1 });
    const unknown = expect.objectContaining({ code: "LLMSPELL_E_PIPELINE_IMPLEMENTATION" });
    expect(() => new PipelineRunner({ sources: { a: { use: "json", type: "t" } } })).toThrow(unknown);
    expect(() => new PipelineRunner({ sinks: { a: { use: "ndjson", path: "x" } } })).toThrow(unknown);
  });
});
