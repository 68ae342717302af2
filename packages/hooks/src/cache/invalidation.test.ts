import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { modify } from "../hook-outcome.ts";
import { AnswerStore } from "./answer-store.ts";
import { SingleFlight } from "./single-flight.ts";

const KEYS = ["before_work.read", "source"];

/** A hook that reads a number from outside when it is called, and answers with it when the test says so. */
class CachedReader {
  /** What is true outside. */
  truth = 0;
  /** Answers older than what was true when they were asked for. */
  readonly outdated: string[] = [];
  executions = 0;
  readonly #store = new AnswerStore({ maxEntries: 10, maxBytes: 100_000 }, { clock: new VirtualClock() });
  readonly #flights = new SingleFlight<number>();
  readonly #open: { readonly settle: () => void; readonly run: AbortController }[] = [];

  /** Asks, as a manager would: the store first, then a flight, the leader of which keeps its answer. */
  ask(): void {
    const due = this.truth;
    const kept = this.#store.get("key")?.outcome;
    if (kept?.kind === "modify") {
      this.#note(Number(kept.patch["value"]), due);
      return;
    }
    const run = new AbortController();
    const answer = this.#flights.run("key", {
      version: () => this.#store.versionOf(KEYS),
      execute: (version) => this.#execute(version, run),
      signal: run.signal,
    });
    void Promise.resolve(answer).then(
      (value) => this.#note(value, due),
      () => undefined,
    );
  }

  change(): void {
    this.truth++;
    this.#store.invalidate("source");
  }

  settle(index: number): void {
    const call = this.#open.splice(index % Math.max(1, this.#open.length), 1)[0];
    call?.settle();
  }

  abort(index: number): void {
    this.#open[index % Math.max(1, this.#open.length)]?.run.abort();
  }

  get open(): number {
    return this.#open.length;
  }

  get flights(): number {
    return this.#flights.figures().pending;
  }

  async #execute(version: number, run: AbortController): Promise<number> {
    this.executions++;
    const value = this.truth;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open.push({ settle: resolve, run });
    await promise;
    if (!run.signal.aborted) this.#store.set("key", modify({ value }), Number.POSITIVE_INFINITY, KEYS, version);
    return value;
  }

  #note(value: number, due: number): void {
    if (value < due) this.outdated.push(`${value} < ${due}`);
  }
}

it("no call gets an answer from before an invalidation that came before the call, however they are interleaved", async () => {
  const index = fc.nat(5);
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant("ask" as const), index }),
      fc.record({ do: fc.constant("change" as const), index }),
      fc.record({ do: fc.constant("settle" as const), index }),
      fc.record({ do: fc.constant("abort" as const), index }),
    ),
    { maxLength: 40 },
  );
  const clock = new VirtualClock();
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const reader = new CachedReader();
      for (const { do: action, index } of sequence) {
        reader[action](index);
        await clock.advance(0);
      }
      while (reader.open > 0) {
        reader.settle(0);
        await clock.advance(0);
      }
      expect(reader.outdated).toEqual([]);
      expect(reader.flights).toBe(0);
      const asked = sequence.filter((step) => step.do === "ask").length;
      expect(reader.executions).toBeLessThanOrEqual(asked);
    }),
    { numRuns: 300 },
  );
});
