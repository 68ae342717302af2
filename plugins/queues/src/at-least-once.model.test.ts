import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBus } from "@llmspell/events";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { SqliteQueue } from "./sqlite-queue.ts";

const directory = mkdtempSync(join(tmpdir(), "llmspell-crashes-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const KEYS = ["k0", "k1", "k2"] as const;
const CHANNELS = ["work", "dead"] as const;

interface Work {
  readonly number: number;
  readonly takes: number;
  /** How many attempts of each run fail; more than there are makes a dead letter of it. */
  readonly fails: number;
}
interface Options {
  readonly isOrdered: boolean;
  readonly concurrency: number;
  readonly members: number;
  readonly commitSize: number;
  readonly visibilityTimeout: string | undefined;
}
type Step =
  | { readonly does: "emit"; readonly count: number; readonly takes: number; readonly fails: number }
  | { readonly does: "advance"; readonly duration: number }
  | { readonly does: "crash" | "stop" };

const options: fc.Arbitrary<Options> = fc.record({
  isOrdered: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 4 }),
  members: fc.integer({ min: 1, max: 3 }),
  commitSize: fc.integer({ min: 1, max: 8 }),
  visibilityTimeout: fc.option(fc.constant("40ms"), { nil: undefined }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("emit" as const),
      count: fc.integer({ min: 1, max: 12 }),
      takes: fc.integer({ min: 0, max: 60 }),
      fails: fc.constantFrom(0, 0, 1, 9),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant("advance" as const), duration: fc.constantFrom(0, 1, 12, 50) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("crash" as const, "crash" as const, "stop" as const) }) },
);

/** What all runs together have seen. */
class Ledger {
  readonly acknowledged = new Set<number>();
  readonly handled = new Map<number, number>();
  readonly dead = new Map<number, number>();
  /** The numbers of each key in the order in which they were handled for the first time. */
  readonly firstHandled = new Map<string, number[]>();

  handledOne(key: string, number: number): void {
    const before = this.handled.get(number) ?? 0;
    this.handled.set(number, before + 1);
    if (before > 0) return;
    const numbers = this.firstHandled.get(key) ?? [];
    numbers.push(number);
    this.firstHandled.set(key, numbers);
  }

  diedOne(number: number): void {
    this.dead.set(number, (this.dead.get(number) ?? 0) + 1);
  }
}

let files = 0;

/** One run of a process: a bus over the two files of its name. */
class Run {
  readonly name = `run-${++files}`;
  readonly clock = new VirtualClock();
  readonly #options: Options;
  readonly #ledger: Ledger;
  readonly #problems: string[];
  #bus: EventBus | undefined;
  /** A process that has died handles nothing more, whatever its timers do here. */
  #isAlive = true;

  constructor(settings: Options, ledger: Ledger, problems: string[]) {
    this.#options = settings;
    this.#ledger = ledger;
    this.#problems = problems;
  }

  get bus(): EventBus {
    if (this.#bus === undefined) throw new Error("The run has not begun.");
    return this.#bus;
  }

  async begin(): Promise<void> {
    const { isOrdered, commitSize, visibilityTimeout } = this.#options;
    const { clock } = this;
    const work = {
      retries: { attempts: 2, backoff: "4ms" },
      deadLetter: "dead",
      ...(isOrdered ? { orderBy: "event.key" } : {}),
    };
    const createQueue = (_use: unknown, owner: string) =>
      new SqliteQueue(
        {
          path: this.path(owner.replace("channel ", "")),
          commitSize,
          ...(visibilityTimeout === undefined ? {} : { visibilityTimeout }),
        },
        { clock },
      );
    const bus = new EventBus({ channels: { work, dead: {} } }, { clock, random: seededRandom(1), createQueue });
    this.#bus = bus;
    bus.addRoute({ eventType: "work", channel: "work" });
    await bus.open();
    this.#subscribe();
  }

  path(channel: string): string {
    return join(directory, `${this.name}-${channel}.db`);
  }

  /** Emits an event; it is one of those that must not be lost once that is acknowledged. */
  async emit(key: string, data: Work): Promise<void> {
    const { routes } = await this.bus.enqueue({ type: "work", key, data });
    if (this.#isAlive && routes[0]?.outcome === "queued") this.#ledger.acknowledged.add(data.number);
  }

  /** The files as a process leaves them that dies now; what has not been committed is not in them. */
  async crashInto(next: Run): Promise<void> {
    this.#isAlive = false;
    for (const channel of CHANNELS)
      for (const end of ["", "-wal"])
        if (existsSync(this.path(channel) + end)) copyFileSync(this.path(channel) + end, next.path(channel) + end);
    await this.clock.runUntil(this.bus[Symbol.asyncDispose]());
  }

  async stopInto(next: Run): Promise<void> {
    await this.clock.runUntil(this.bus[Symbol.asyncDispose]());
    await this.crashInto(next);
  }

  #subscribe(): void {
    const { clock } = this;
    const { isOrdered, concurrency, members, visibilityTimeout } = this.#options;
    const failures = new Map<number, number>();
    const last = new Map<string, number>();
    for (let member = 0; member < members; member++) {
      this.bus.subscribe(
        "work",
        async ({ key = "", data }, { signal }) => {
          const { number, takes, fails } = data as Work;
          // What a lease that ran out brings again may come late; all else comes in order.
          if (this.#isAlive && isOrdered && visibilityTimeout === undefined && number < (last.get(key) ?? 0))
            this.#problems.push(`${key}: ${number} after ${last.get(key)}`);
          last.set(key, number);
          await clock.sleep(takes, signal);
          const failed = failures.get(number) ?? 0;
          failures.set(number, failed + 1);
          if (failed < fails) throw new Error("no");
          if (this.#isAlive) this.#ledger.handledOne(key, number);
        },
        { concurrency },
      );
    }
    this.bus.subscribe("dead", ({ data }) => {
      if (this.#isAlive) this.#ledger.diedOne((data as Work).number);
    });
  }
}

it("handles what was acknowledged at least once, in the order of its key, whenever the process dies", async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { minLength: 4, maxLength: 25 }), async (settings, steps) => {
      const ledger = new Ledger();
      const problems: string[] = [];
      let last = 0;
      let interruptions = 0;
      let run = new Run(settings, ledger, problems);
      await run.begin();
      for (const current of steps) {
        if (current.does === "advance") await run.clock.advance(current.duration);
        else if (current.does === "emit") {
          const { count, takes, fails } = current;
          for (let index = 0; index < count; index++) {
            const number = ++last;
            void run.emit(KEYS[number % KEYS.length] ?? "", { number, takes, fails });
          }
        } else {
          const next = new Run(settings, ledger, problems);
          await (current.does === "crash" ? run.crashInto(next) : run.stopInto(next));
          interruptions++;
          run = next;
          await run.begin();
        }
      }
      await run.clock.runUntil(run.bus.drained());
      const { work, dead } = run.bus.stats().channels;
      for (const stats of [work, dead]) {
        expect(stats).toMatchObject({ waiting: 0, inFlight: 0, blocked: 0, shed: 0, kept: 0, deadLettersRefused: 0 });
        expect(stats?.accepted).toBe((stats?.delivered ?? 0) + (stats?.failed ?? 0));
      }
      expect(problems).toEqual([]);
      const missing = [...ledger.acknowledged].filter(
        (number) => !ledger.handled.has(number) && !ledger.dead.has(number),
      );
      expect(missing).toEqual([]);
      if (interruptions === 0 && settings.visibilityTimeout === undefined)
        expect([...ledger.handled.values(), ...ledger.dead.values()].every((times) => times === 1)).toBe(true);
      if (settings.isOrdered && settings.visibilityTimeout === undefined)
        for (const numbers of ledger.firstHandled.values())
          expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
      await run.clock.runUntil(run.bus[Symbol.asyncDispose]());
    }),
    { numRuns: 30 },
  );
}, 60_000);
