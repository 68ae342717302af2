import type { LoadBalancer } from "@llmspell/resilience";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { BusEvent } from "./bus-event.ts";
import { EventBus } from "./event-bus.ts";
import type { ChannelOptions } from "./generated/options.ts";
import { MemoryQueue } from "./memory-queue.ts";
import { PRIORITIES, type Priority } from "./priority.ts";
import type { EventHandler } from "./subscriber.ts";

const CHANNELS = ["a", "b"] as const;
const KEYS = ["k0", "k1", "k2", undefined] as const;

type Ending = "at once" | "later" | "throws" | "rejects later" | "fails first";
interface Subscription {
  readonly channel: string;
  readonly group: string;
  readonly concurrency: number;
  readonly leaves: boolean;
}
type Step =
  | {
      readonly does: "publish" | "emit";
      readonly priority: Priority;
      readonly key: string | undefined;
      readonly ending: Ending;
      readonly takes: number;
      readonly ttl: number | undefined;
    }
  | { readonly does: "advance"; readonly duration: number }
  | { readonly does: "leave" };

const maybe = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined });
const channelOptions = fc
  .record({
    priority: fc.constantFrom(...PRIORITIES),
    capacity: fc.integer({ min: 2, max: 12 }),
    overflow: fc.constantFrom("reject" as const, "block" as const, "drop_oldest" as const),
    ejection: maybe(fc.constant({ consecutiveFailures: 1, maxEjectedShare: 0.5, openDuration: "60ms" })),
    retries: maybe(fc.record({ attempts: fc.integer({ min: 2, max: 3 }), backoff: fc.constantFrom("5ms", "40ms") })),
    deadLetter: maybe(fc.constant("dead")),
  })
  .map(
    (options): ChannelOptions => ({
      orderBy: "event.key",
      ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    }),
  );
const subscription: fc.Arbitrary<Subscription> = fc.record({
  channel: fc.constantFrom(...CHANNELS),
  group: fc.constantFrom("g1", "g2"),
  concurrency: fc.integer({ min: 1, max: 4 }),
  leaves: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      does: fc.constantFrom("publish" as const, "emit" as const),
      priority: fc.constantFrom(...PRIORITIES),
      key: fc.constantFrom(...KEYS),
      ending: fc.constantFrom<Ending>("at once", "later", "later", "throws", "rejects later", "fails first"),
      takes: fc.integer({ min: 1, max: 30 }),
      ttl: maybe(fc.constantFrom(1, 30)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant("advance" as const), duration: fc.constantFrom(0, 3, 10, 25) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("leave" as const) }) },
);

/** What one group does with the events of one key, checked against the order in which the channel accepted them. */
class KeyedLine {
  readonly problems: string[] = [];
  #last = 0;
  #running = 0;

  began(place: number): void {
    if (this.#running > 0) this.problems.push(`${place} began while ${this.#last} was being handled`);
    if (place < this.#last) this.problems.push(`${place} began after ${this.#last}`);
    this.#last = place;
    this.#running++;
  }

  ended(): void {
    this.#running--;
  }
}

/** The lines of all keys, by channel and group. */
class Lines {
  readonly #accepted = new Map<string, Map<number, number>>();
  readonly #lines = new Map<string, KeyedLine>();

  accepted(channel: string, sequence: number): void {
    const places = this.#accepted.get(channel) ?? new Map<number, number>();
    this.#accepted.set(channel, places.set(sequence, places.size + 1));
  }

  began(channel: string, group: string, { key, sequence }: BusEvent): () => void {
    if (key === undefined) return () => undefined;
    const name = `${channel} ${group} ${key}`;
    const line = this.#lines.get(name) ?? new KeyedLine();
    this.#lines.set(name, line);
    line.began(this.#accepted.get(channel)?.get(sequence) ?? Number.NaN);
    return () => line.ended();
  }

  get problems(): string[] {
    return [...this.#lines].flatMap(([name, { problems }]) => problems.map((problem) => `${name}: ${problem}`));
  }
}

/** Notes the order in which its channel accepts events; may take its time to store one. */
class NotingQueue extends MemoryQueue {
  readonly #note: (sequence: number) => void;
  readonly #clock: VirtualClock | undefined;

  /** @param clock for a queue that takes its time */
  constructor(note: (sequence: number) => void, clock: VirtualClock | undefined) {
    super();
    this.#note = note;
    this.#clock = clock;
  }

  override enqueue(event: BusEvent, priority: Priority): void | Promise<void> {
    this.#note(event.sequence);
    return this.#clock === undefined
      ? super.enqueue(event, priority)
      : this.#clock.sleep(2).then(() => super.enqueue(event, priority));
  }
}

function handlerOf({ channel, group }: Subscription, lines: Lines, clock: VirtualClock): EventHandler {
  const failed = new Set<number>();
  const finish = (event: BusEvent, ended: () => void) => {
    const { ending } = event.data as { readonly ending: Ending };
    ended();
    const failsNow = ending === "throws" || ending === "rejects later";
    if (!failsNow && (ending !== "fails first" || failed.has(event.sequence))) return;
    failed.add(event.sequence);
    throw new Error(ending);
  };
  return (event, { signal }) => {
    const { ending, takes } = event.data as { readonly ending: Ending; readonly takes: number };
    const ended = lines.began(channel, group, event);
    if (ending === "at once" || ending === "throws") return finish(event, ended);
    return clock.sleep(takes, signal).then(
      () => finish(event, ended),
      (error: unknown) => {
        ended();
        throw error;
      },
    );
  };
}

/** Chooses any of the members that are free, as a seed says. */
function anyBalancer(seed: number): LoadBalancer {
  const random = seededRandom(seed);
  return { pick: (members) => Math.floor(random() * members.length) };
}

it("handles the events of a key one after the other, as they were accepted, whatever the topology and whoever fails", async () => {
  const world = fc.record({
    a: channelOptions,
    b: channelOptions,
    isSlow: fc.boolean(),
    subscriptions: fc.array(subscription, { minLength: 1, maxLength: 6 }),
    steps: fc.array(step, { minLength: 10, maxLength: 60 }),
    seed: fc.nat(1000),
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ a, b, isSlow, subscriptions, steps, seed }) => {
      const clock = new VirtualClock();
      const lines = new Lines();
      const bus = new EventBus(
        { batch: { size: 3 }, channels: { a, b, dead: { capacity: 1000 } } },
        {
          clock,
          random: seededRandom(seed),
          createBalancer: () => anyBalancer(seed),
          createQueue: (_use, owner) =>
            new NotingQueue(
              (sequence) => lines.accepted(owner.replace("channel ", ""), sequence),
              isSlow ? clock : undefined,
            ),
        },
      );
      for (const channel of CHANNELS)
        for (const priority of PRIORITIES) bus.addRoute({ eventType: priority, channel, priority });
      let dead = 0;
      bus.subscribe("dead", () => void dead++);
      const leaving: AbortController[] = [];
      for (const subscribing of subscriptions) {
        const { channel, leaves, ...options } = subscribing;
        const controller = new AbortController();
        if (leaves) leaving.push(controller);
        bus.subscribe(channel, handlerOf(subscribing, lines, clock), { ...options, signal: controller.signal });
      }
      for (const current of steps) {
        if (current.does === "advance") await clock.advance(current.duration);
        else if (current.does === "leave") leaving.pop()?.abort();
        else {
          const { does, priority, key, ending, takes, ttl } = current;
          const input = { type: priority, key, ttl, data: { ending, takes } };
          if (does === "publish") bus.publish(input);
          else void bus.emit(input);
        }
      }
      // Whoever is left alone with what waits, or waits for room, gets somebody to handle it.
      for (const channel of CHANNELS) {
        const last = { channel, group: "g1", concurrency: 2, leaves: false };
        bus.subscribe(channel, handlerOf(last, lines, clock), { group: "g1", concurrency: 2 });
      }
      await clock.runUntil(bus.drained());
      expect(lines.problems).toEqual([]);
      const { channels } = bus.stats();
      for (const stats of Object.values(channels)) {
        const { accepted, delivered, failed, shed, expired } = stats;
        expect(accepted).toBe(delivered + failed + shed + expired);
        expect(stats).toMatchObject({ waiting: 0, inFlight: 0, blocked: 0 });
      }
      const given = CHANNELS.map((name) => channels[name]);
      expect(dead).toBe(
        given.reduce((sum, stats) => sum + (stats?.deadLettered ?? 0) + (stats?.expiredDeadLettered ?? 0), 0),
      );
      await clock.runUntil(bus[Symbol.asyncDispose]());
    }),
    { numRuns: 400 },
  );
}, 60_000);
