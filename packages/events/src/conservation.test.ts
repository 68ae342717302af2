import type { LoadBalancer } from "@llmspell/resilience";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { BusEvent } from "./bus-event.ts";
import type { EmitResult } from "./emit-result.ts";
import { EventBus } from "./event-bus.ts";
import type { FlowController } from "./flow-controller.ts";
import type { ChannelOptions } from "./generated/options.ts";
import { MemoryQueue } from "./memory-queue.ts";
import { PRIORITIES, type Priority } from "./priority.ts";
import type { ChannelStats, EventBusStats } from "./stats.ts";
import type { EventHandler } from "./subscriber.ts";

const CHANNELS = ["a", "b", "c"] as const;
const TYPES = ["t0", "t1", "t2", "t3"] as const;

type Behaviour = "handles" | "looks" | "emits" | "handles_later" | "throws" | "rejects_later" | "fails_sometimes";
type RouteModel =
  | { readonly kind: "static"; readonly type: string; readonly channel: string }
  | { readonly kind: "pattern"; readonly digit: string; readonly channel: string }
  | { readonly kind: "dynamic"; readonly below: number; readonly channel: string };
interface Subscription {
  readonly channel: string;
  readonly group: string;
  readonly concurrency: number;
  readonly behaviour: Behaviour;
}
/** What a channel is built from that may fail. */
interface Parts {
  readonly queue: "memory" | "slow" | "throws" | "rejects_later";
  readonly balancer: "first" | "throws" | "answers_nonsense" | "cannot_be_told";
}
type Step =
  | { readonly does: "emit" | "publish" | "publish_row"; readonly type: string; readonly data: number }
  | { readonly does: "advance"; readonly duration: number }
  | { readonly does: "unsubscribe"; readonly which: number };

const channel = fc.constantFrom(...CHANNELS);
const maybe = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined });
const channelOptions = fc
  .record({
    priority: fc.constantFrom(...PRIORITIES),
    capacity: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constant(300)),
    overflow: fc.constantFrom("reject" as const, "block" as const, "drop_oldest" as const),
    rateLimit: maybe(fc.constantFrom("5/s", "100/s")),
    burst: maybe(fc.integer({ min: 1, max: 5 })),
    circuitBreaker: maybe(fc.constant({ threshold: 0.5, minimumCalls: 2, openDuration: "200ms", halfOpenCalls: 1 })),
    ejection: maybe(fc.constant({ consecutiveFailures: 1, maxEjectedShare: 1, openDuration: "200ms" })),
    retries: maybe(fc.constant({ attempts: 2, backoff: "20ms" })),
    deadLetter: maybe(channel),
    orderBy: maybe(fc.constantFrom("event.key", "event.data > 3")),
  })
  .map(
    (options): ChannelOptions => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  );
const route: fc.Arbitrary<RouteModel> = fc.oneof(
  fc.record({ kind: fc.constant("static" as const), type: fc.constantFrom(...TYPES), channel }),
  fc.record({ kind: fc.constant("pattern" as const), digit: fc.constantFrom("0", "1", "2"), channel }),
  fc.record({ kind: fc.constant("dynamic" as const), below: fc.integer({ min: 0, max: 10 }), channel }),
);
const subscription: fc.Arbitrary<Subscription> = fc.record({
  channel,
  group: fc.constantFrom("g1", "g2"),
  concurrency: fc.integer({ min: 1, max: 3 }),
  behaviour: fc.constantFrom<Behaviour>(
    "handles",
    "looks",
    "emits",
    "handles_later",
    "throws",
    "rejects_later",
    "fails_sometimes",
  ),
});
/** The rates that a flow controller sets in turn, and the highest that it may set, which there is from the beginning. */
const flowControl = fc.record({
  rates: fc.array(fc.constantFrom(2, 20, 200, Number.POSITIVE_INFINITY), { minLength: 1, maxLength: 4 }),
  bounds: fc.constantFrom({}, { maxRate: 20 }),
});
const parts: fc.Arbitrary<Parts> = fc.record({
  queue: fc.constantFrom<Parts["queue"]>("memory", "slow", "throws", "rejects_later"),
  balancer: fc.constantFrom<Parts["balancer"]>("first", "throws", "answers_nonsense", "cannot_be_told"),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constantFrom("emit" as const, "publish" as const, "publish_row" as const),
      type: fc.constantFrom(...TYPES),
      data: fc.nat(10),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant("advance" as const), duration: fc.constantFrom(0, 1, 10, 250) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("unsubscribe" as const), which: fc.nat(5) }) },
);

/** What handlers do something with. */
interface Surroundings {
  readonly bus: EventBus;
  readonly emitted: () => void;
  readonly looked: () => void;
}

function handlerOf(behaviour: Behaviour, clock: VirtualClock, { bus, emitted, looked }: Surroundings): EventHandler {
  const later = () => clock.sleep(15);
  const fail = () => {
    throw new Error(behaviour);
  };
  if (behaviour === "handles") return () => undefined;
  if (behaviour === "looks") return looked;
  if (behaviour === "emits") return emitAgain(bus, emitted);
  if (behaviour === "handles_later") return later;
  if (behaviour === "throws") return fail;
  if (behaviour === "rejects_later") return () => later().then(fail);
  return (event) => (event.sequence % 2 === 0 ? later() : fail());
}

/** Emits into the channel that it is handling an event of, once for each event of a kind. */
function emitAgain(bus: EventBus, emitted: () => void): EventHandler {
  return ({ data, deadLetter }) => {
    if (data !== 7 || deadLetter !== undefined) return;
    emitted();
    bus.publish("again", 0);
  };
}

/** Fails at every third call of any of its methods, if it is to fail at all. */
class UnsteadyQueue extends MemoryQueue {
  readonly #kind: Parts["queue"];
  readonly #clock: VirtualClock;
  #calls = 0;

  constructor(kind: Parts["queue"], clock: VirtualClock) {
    super();
    this.#kind = kind;
    this.#clock = clock;
  }

  override enqueue(event: BusEvent, priority: Priority): void | Promise<void> {
    this.#mayThrow();
    if (this.#kind === "memory" || this.#kind === "throws") return super.enqueue(event, priority);
    const isKept = this.#kind === "slow" || ++this.#calls % 3 > 0;
    return this.#clock.sleep(7).then(() => {
      if (!isKept) throw new Error("disk full");
      super.enqueue(event, priority);
    });
  }

  override dequeue(): BusEvent | undefined {
    this.#mayThrow();
    return super.dequeue();
  }

  override ack(): void {
    this.#mayThrow();
  }

  override nack(event: BusEvent): void {
    this.#mayThrow();
    super.nack(event);
  }

  #mayThrow(): void {
    if (this.#kind === "throws" && ++this.#calls % 3 === 0) throw new Error("disk full");
  }
}

/** A queue that is steady is the one that the bus knows and may pass by. */
function queueOf(kind: Parts["queue"], clock: VirtualClock): MemoryQueue {
  return kind === "memory" ? new MemoryQueue() : new UnsteadyQueue(kind, clock);
}

function balancerOf(kind: Parts["balancer"]): LoadBalancer {
  const fail = () => {
    throw new Error(kind);
  };
  if (kind === "throws") return { pick: fail };
  if (kind === "answers_nonsense") return { pick: () => 99 };
  return { pick: () => 0, ...(kind === "cannot_be_told" ? { settled: fail } : {}) };
}

/** A flow controller that keeps to no rule. */
function controllerOf(rates: readonly number[]): FlowController {
  return { adjust: ({ now }) => ({ rate: rates[(now / 100) % rates.length] ?? -1, reason: "any" }) };
}

function addRoute(bus: EventBus, model: RouteModel): void {
  if (model.kind === "static") bus.addRoute({ eventType: model.type, channel: model.channel });
  else if (model.kind === "pattern") bus.addPatternRoute({ pattern: `${model.digit}$`, channel: model.channel });
  else bus.addDynamicRoute({ condition: ({ data }) => Number(data) < model.below, channel: model.channel });
}

/** @param owner whose part it is, and at its end the channel: `group g1 of channel a` */
function partsOf(built: Readonly<Record<(typeof CHANNELS)[number], Parts>>, owner: string): Parts {
  const name = CHANNELS.find((candidate) => owner.endsWith(`channel ${candidate}`));
  if (name === undefined) throw new Error(`${owner} names no channel.`);
  return built[name];
}

/** The channels that the routes name, said as plainly as possible. */
function expectedChannels(routes: readonly RouteModel[], type: string, data: number): string[] {
  const isTaken = (model: RouteModel) => {
    if (model.kind === "static") return model.type === type;
    return model.kind === "pattern" ? type.endsWith(model.digit) : data < model.below;
  };
  return [...new Set(routes.filter(isTaken).map((model) => model.channel))].sort();
}

function expectConservation(bus: EventBus, offeredByRoutes: number): void {
  const channels = expectSums(bus);
  const stats = Object.values(channels);
  const offered = stats.reduce((sum, channel) => sum + channel.offered, 0);
  const deadLetters = stats.reduce((sum, channel) => sum + deadLettersOf(channel), 0);
  const inFlight = stats.reduce((sum, channel) => sum + channel.inFlight, 0);
  // What became of a dead letter is counted once it is stored; until then the event that it was made from is in flight.
  expect(offered).toBeGreaterThanOrEqual(offeredByRoutes + deadLetters);
  expect(offered).toBeLessThanOrEqual(offeredByRoutes + deadLetters + inFlight);
}

function deadLettersOf(stats: ChannelStats): number {
  return stats.deadLettered + stats.deadLettersRefused + stats.expiredDeadLettered + stats.expiredDeadLettersRefused;
}

function expectSums(bus: EventBus): EventBusStats["channels"] {
  const { channels, ...total } = bus.stats();
  expect(total.emitted).toBe(total.routed + total.unrouted + total.noSubscribers + total.refused + total.emitting);
  for (const stats of Object.values(channels)) {
    const refused = stats.rateLimited + stats.breakerOpen + stats.rejected + stats.noSubscribers;
    expect(stats.offered).toBe(stats.accepted + refused + stats.blocked);
    expect(stats.accepted).toBe(
      stats.delivered + stats.failed + stats.shed + stats.expired + stats.waiting + stats.inFlight,
    );
    expect(stats.duration.count).toBe(stats.delivered + stats.failed);
  }
  return channels;
}

it("accounts for every event at every moment, whatever the topology and whoever fails", async () => {
  const world = fc.record({
    channels: fc.record({ a: channelOptions, b: channelOptions, c: channelOptions }),
    parts: fc.record({ a: parts, b: parts, c: parts }),
    routes: fc.array(route, { minLength: 1, maxLength: 6 }),
    subscriptions: fc.array(subscription, { maxLength: 8 }),
    steps: fc.array(step, { minLength: 10, maxLength: 60 }),
    drains: fc.boolean(),
    flow: maybe(flowControl),
    batchSize: fc.constantFrom(1, 3, 50),
  });
  await fc.assert(
    fc.asyncProperty(
      world,
      async ({ batchSize, channels, parts: built, routes, subscriptions, steps, drains, flow }) => {
        const clock = new VirtualClock();
        const createQueue = (_use: unknown, owner: string) => queueOf(partsOf(built, owner).queue, clock);
        const createBalancer = (_use: unknown, owner: string) => balancerOf(partsOf(built, owner).balancer);
        const dependencies = {
          ...{ clock, random: seededRandom(1), createQueue, createBalancer, heapUse: () => 0 },
          createFlowController: () => controllerOf(flow?.rates ?? []),
        };
        const backpressure = { controller: { use: "any", ...flow?.bounds } };
        const bus = new EventBus(
          { batch: { size: batchSize }, channels, ...(flow === undefined ? {} : { backpressure }) },
          dependencies,
        );
        let offered = 0;
        const emitted = () => {
          offered += new Set(["a", ...expectedChannels(routes, "again", 0)]).size;
        };
        // A handler that throws would only be a handler that throws.
        const wrongSums: unknown[] = [];
        const looked = () => {
          try {
            expectSums(bus);
          } catch (error) {
            wrongSums.push(error);
          }
        };
        for (const model of routes) addRoute(bus, model);
        bus.addRoute({ eventType: "again", channel: "a" });
        const subscribed = subscriptions.map(({ behaviour, ...options }) =>
          bus.subscribe(options.channel, handlerOf(behaviour, clock, { bus, emitted, looked }), options),
        );
        const emits: Promise<EmitResult>[] = [];
        const expected: string[][] = [];
        for (const current of steps) {
          if (current.does === "advance") await clock.advance(current.duration);
          else if (current.does === "unsubscribe") subscribed[current.which]?.[Symbol.dispose]();
          else {
            const names = expectedChannels(routes, current.type, current.data);
            // A row is long enough for the fast lane to open, and to run out of credit.
            const times = current.does === "publish_row" ? 20 * current.data : 1;
            offered += names.length * times;
            if (current.does !== "emit")
              for (let time = 0; time < times; time++) bus.publish(current.type, current.data);
            else {
              expected.push(names);
              const ttl = current.data % 2 === 0 ? "5ms" : undefined;
              const key = current.data % 3 === 0 ? undefined : current.type;
              emits.push(bus.emit({ ...current, ttl, key }));
            }
          }
          expectConservation(bus, offered);
        }
        if (drains) {
          await clock.runUntil(bus.drained());
          for (const stats of Object.values(bus.stats().channels)) {
            expect(stats).toMatchObject({ inFlight: 0, blocked: 0 });
            if (stats.subscribers > 0) expect(stats.waiting).toBe(0);
          }
        }
        await clock.runUntil(bus[Symbol.asyncDispose]());
        const results = await Promise.all(emits);
        expect(results.map((result) => result.routes.map(({ channel: name }) => name).sort())).toEqual(expected);
        expectConservation(bus, offered);
        expect(wrongSums).toEqual([]);
        expect(bus.stats().emitting).toBe(0);
        for (const stats of Object.values(bus.stats().channels))
          expect(stats).toMatchObject({ inFlight: 0, waiting: 0, blocked: 0 });
      },
    ),
    { numRuns: 400 },
  );
}, 60_000);
