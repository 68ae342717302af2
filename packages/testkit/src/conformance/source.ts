import type { Source } from "@llmspell/pipelines";
import { describe, expect, it } from "vitest";

/** A source under test, and the records that it gives. */
export interface SourceFixture extends Partial<AsyncDisposable> {
  readonly source: Source;
  /** At least two, in order; the source ends after them. */
  readonly records: readonly unknown[];
}

/**
 * The rules that every source keeps, whatever it reads.
 *
 * @param name how the source is called in YAML
 * @param create makes a finite source; called for each test
 */
export function describeSource(name: string, create: () => SourceFixture | Promise<SourceFixture>): void {
  describe(`source ${name}`, () => {
    const using = async (test: (fixture: SourceFixture) => Promise<void>) => {
      const fixture = await create();
      try {
        expect(fixture.records.length).toBeGreaterThanOrEqual(2);
        await test(fixture);
      } finally {
        await fixture[Symbol.asyncDispose]?.();
      }
    };
    const failOnSkip = (error: Error) => {
      throw error;
    };

    it("gives every record once, in order, and ends", () =>
      using(async ({ source, records }) => {
        const { signal } = new AbortController();
        const read = await Array.fromAsync(source.open({ signal, skip: failOnSkip }));
        expect(read).toEqual(records);
      }));

    it("ends soon after its signal aborts, at most with the signal's reason", () =>
      using(async ({ source, records }) => {
        const controller = new AbortController();
        const reason = new Error("enough");
        const read: unknown[] = [];
        try {
          for await (const record of source.open({ signal: controller.signal, skip: failOnSkip })) {
            read.push(record);
            controller.abort(reason);
          }
        } catch (error) {
          expect(error).toBe(reason);
        }
        expect(read).toEqual(records.slice(0, 1));
      }));

    it("gives nothing when its signal has aborted before", () =>
      using(async ({ source }) => {
        const reason = new Error("too late");
        const context = { signal: AbortSignal.abort(reason), skip: failOnSkip };
        const read = Array.fromAsync(source.open(context)).catch((error: unknown) => {
          expect(error).toBe(reason);
          return [];
        });
        expect(await read).toEqual([]);
      }));

    it("can be left early", () =>
      using(async ({ source, records }) => {
        for await (const record of source.open({ signal: new AbortController().signal, skip: failOnSkip })) {
          expect(record).toEqual(records[0]);
          break;
        }
      }));

    it("waits to be asked: reading slowly loses nothing", () =>
      using(async ({ source, records }) => {
        const read: unknown[] = [];
        for await (const record of source.open({ signal: new AbortController().signal, skip: failOnSkip })) {
          // biome-ignore lint/plugin: real turns of the event loop, which no clock counts
          for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
          read.push(record);
        }
        expect(read).toEqual(records);
      }));
  });
}
