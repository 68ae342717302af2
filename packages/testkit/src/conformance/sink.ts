import type { Sink } from "@llmspell/pipelines";
import { describe, expect, it } from "vitest";

/** A sink under test, and a look at what it has kept. */
export interface SinkFixture extends Partial<AsyncDisposable> {
  readonly sink: Sink;
  /** The records kept so far, as anyone else would find them. */
  read(): Promise<readonly unknown[]>;
  /**
   * Makes the sink's writes fail until what it gives is disposed; asked before the sink is opened. Leave it out where
   * nothing outside can fail.
   */
  obstruct?(): Promise<AsyncDisposable>;
}

const RECORDS: readonly unknown[] = [
  { id: 1, text: "plain" },
  { id: 2, text: 'line\nbreak, "quotes", emoji 🪄, \u2028' },
  { id: 3, nested: { list: [1, [2, null], {}], truth: true } },
  "a string",
  0,
  null,
  [],
];

/**
 * The rules that every sink keeps, wherever it writes.
 *
 * @param name how the sink is called in YAML
 * @param create makes an empty sink; called for each test
 */
export function describeSink(name: string, create: () => SinkFixture | Promise<SinkFixture>): void {
  describe(`sink ${name}`, () => {
    const { signal } = new AbortController();
    const using = async (test: (fixture: SinkFixture) => Promise<void>) => {
      const fixture = await create();
      try {
        await fixture.sink.open?.();
        await test(fixture);
      } finally {
        await fixture.sink[Symbol.asyncDispose]();
        await fixture[Symbol.asyncDispose]?.();
      }
    };

    it("keeps any JSON value as it is, in order; a flush makes it visible", () =>
      using(async ({ sink, read }) => {
        for (const record of RECORDS) await sink.write(record, { signal });
        await sink.flush?.();
        expect(await read()).toEqual(RECORDS);
      }));

    it("keeps the order of the calls when they are not awaited one by one", () =>
      using(async ({ sink, read }) => {
        const records = Array.from({ length: 200 }, (_, index) => ({ index, text: "x".repeat(index * 20) }));
        await Promise.all(records.map(async (record) => sink.write(record, { signal })));
        await sink.flush?.();
        expect(await read()).toEqual(records);
      }));

    it("finishes what is under way when it is disposed, and can be disposed again", () =>
      using(async ({ sink, read }) => {
        const writes = RECORDS.map(async (record) => sink.write(record, { signal }));
        const results = Promise.allSettled(writes);
        await sink[Symbol.asyncDispose]();
        await sink[Symbol.asyncDispose]();
        const kept = (await results).flatMap(({ status }, index) => (status === "fulfilled" ? [RECORDS[index]] : []));
        expect(await read()).toEqual(kept);
        expect(kept).toEqual(RECORDS);
      }));

    it("takes nothing after it has been disposed", () =>
      using(async ({ sink, read }) => {
        await sink.write("before", { signal });
        await sink[Symbol.asyncDispose]();
        await expect((async () => sink.write("after", { signal }))()).rejects.toThrow();
        expect(await read()).toEqual(["before"]);
      }));

    it("works again after a failure", async ({ skip }) => {
      const fixture = await create();
      const { sink, read } = fixture;
      try {
        const obstacle = await fixture.obstruct?.();
        if (obstacle === undefined) return skip("nothing outside can fail");
        await expect((async () => sink.write("lost", { signal }))()).rejects.toThrow();
        await expect((async () => sink.write("lost too", { signal }))()).rejects.toThrow();
        await obstacle[Symbol.asyncDispose]();
        await sink.write("kept", { signal });
        await sink.flush?.();
        expect(await read()).toEqual(["kept"]);
      } finally {
        await sink[Symbol.asyncDispose]();
        await fixture[Symbol.asyncDispose]?.();
      }
    });
  });
}
