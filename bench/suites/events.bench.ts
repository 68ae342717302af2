// The event bus beside the emitters and queues that people use in its place. On our side everything is armed: routing, sequence,
// counters, rate limit, circuit breaker, balancer, retries and dead letters. No peer has those.
import { EventBus } from "@llmspell/events";
import Emittery from "emittery";
import eventemitter2 from "eventemitter2";
import { EventEmitter } from "eventemitter3";
import fastq from "fastq";
import mittModule from "mitt";
import moleculer from "moleculer";
import mqemitter from "mqemitter";
import type { Comparison } from "../comparison.ts";

interface Payload {
  readonly n: number;
}

interface MittEmitter {
  on(type: string, listen: (data: Payload) => void): void;
  emit(type: string, data: Payload): void;
}
/** Its types describe its CommonJS build, also to who imports the other. */
const mitt = mittModule as unknown as () => MittEmitter;

/** Limits that are checked for every event, and that no benchmark reaches. */
const ARMED = {
  capacity: 1_000_000,
  rateLimit: "1000000000/s",
  circuitBreaker: { threshold: 0.5 },
  balancer: "round_robin",
  retries: { attempts: 3 },
  deadLetter: "dead",
} as const;

/** What the handlers add up, so that no work can be left out; stays a small integer. */
const tally = { sum: 0 };

function add(n: number): void {
  tally.sum = (tally.sum + n) | 0;
}

/** Nanoseconds an operation takes: the median of seven rounds, after two that only warm up. */
function nanoseconds(operations: number, run: (operations: number) => void): number {
  const rounds: number[] = [];
  for (let round = -2; round < 7; round++) {
    const startedAt = performance.now();
    run(operations);
    if (round >= 0) rounds.push(((performance.now() - startedAt) * 1e6) / operations);
  }
  return medianOf(rounds);
}

/** The same for work that goes on in later turns of the event loop. */
async function nanosecondsLater(operations: number, run: (operations: number) => Promise<unknown>): Promise<number> {
  const rounds: number[] = [];
  for (let round = -2; round < 5; round++) {
    const startedAt = performance.now();
    await run(operations);
    if (round >= 0) rounds.push(((performance.now() - startedAt) * 1e6) / operations);
  }
  return medianOf(rounds);
}

function medianOf(figures: readonly number[]): number {
  return [...figures].sort((left, right) => left - right)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

const atMost = (factor: number) => ({
  text: `<= ${factor} x peer`,
  isMet: (ours: number, peer: number) => ours <= factor * peer,
});
const timesAsMany = (factor: number) => ({
  text: `>= ${factor} x peer`,
  isMet: (ours: number, peer: number) => ours >= factor * peer,
});
const under = (limit: number, unit: string) => ({
  text: `<= ${limit} ${unit}`,
  isMet: (ours: number) => ours <= limit,
});

// One type and one subscriber, handled before `publish` returns.

function deliverAtOnce(): number {
  const bus = new EventBus({ channels: { users: { ...ARMED, priority: "critical" }, dead: {} } });
  bus.addRoute({ eventType: "user_login", channel: "users" });
  bus.subscribe("users", ({ data }) => {
    add((data as Payload).n);
  });
  return nanoseconds(2_000_000, (count) => {
    for (let n = 0; n < count; n++) bus.publish("user_login", { n });
  });
}

function eventemitter3AtOnce(): number {
  const emitter = new EventEmitter();
  emitter.on("user_login", (data: Payload) => {
    add(data.n);
  });
  return nanoseconds(2_000_000, (count) => {
    for (let n = 0; n < count; n++) emitter.emit("user_login", { n });
  });
}

function mittAtOnce(): number {
  const emitter = mitt();
  emitter.on("user_login", (data) => {
    add(data.n);
  });
  return nanoseconds(2_000_000, (count) => {
    for (let n = 0; n < count; n++) emitter.emit("user_login", { n });
  });
}

// Sixteen types, each with a channel and a handler of its own.

const SIXTEEN = Array.from({ length: 16 }, (_, index) => `type_${index}`);

/** A function of its own for each type, as handlers are in a program, so that no call site sees the same one always. */
function distinctHandlers(): readonly ((data: Payload) => void)[] {
  return SIXTEEN.map((_, index) => {
    const addition = new Function("add", `return (data) => { add(data.n + ${index}); }`);
    return addition(add) as (data: Payload) => void;
  });
}

function deliverOnSixteen(): number {
  const names = SIXTEEN.map((_, index) => `channel_${index}`);
  const channels = Object.fromEntries(names.map((name) => [name, { ...ARMED, priority: "critical" as const }]));
  const bus = new EventBus({ channels: { ...channels, dead: {} } });
  for (const [index, handler] of distinctHandlers().entries()) {
    bus.addRoute({ eventType: SIXTEEN[index] ?? "", channel: names[index] ?? "" });
    bus.subscribe(names[index] ?? "", ({ data }) => handler(data as Payload));
  }
  return nanoseconds(2_000_000, (count) => {
    for (let n = 0; n < count; n++) bus.publish(SIXTEEN[n & 15] ?? "", { n });
  });
}

function eventemitter3OnSixteen(): number {
  const emitter = new EventEmitter();
  for (const [index, handler] of distinctHandlers().entries()) {
    emitter.on(SIXTEEN[index] ?? "", (data: Payload) => handler(data));
  }
  return nanoseconds(2_000_000, (count) => {
    for (let n = 0; n < count; n++) emitter.emit(SIXTEEN[n & 15] ?? "", { n });
  });
}

// Ten that each want every event.

function fanOut(): number {
  const bus = new EventBus({ channels: { users: { ...ARMED, priority: "critical" }, dead: {} } });
  bus.addRoute({ eventType: "user_login", channel: "users" });
  for (let group = 0; group < 10; group++) {
    const weight = group;
    bus.subscribe(
      "users",
      ({ data }) => {
        add((data as Payload).n + weight);
      },
      { group: `group_${group}` },
    );
  }
  return nanoseconds(500_000, (count) => {
    for (let n = 0; n < count; n++) bus.publish("user_login", { n });
  });
}

function eventemitter3FanOut(): number {
  const emitter = new EventEmitter();
  for (let listener = 0; listener < 10; listener++) {
    const weight = listener;
    emitter.on("user_login", (data: Payload) => {
      add(data.n + weight);
    });
  }
  return nanoseconds(500_000, (count) => {
    for (let n = 0; n < count; n++) emitter.emit("user_login", { n });
  });
}

// Through a queue: published, then handed out in batches of a hundred.

function queued(): number {
  const bus = new EventBus({ batch: { size: 100 }, channels: { work: { ...ARMED }, dead: {} } });
  bus.addRoute({ eventType: "work", channel: "work" });
  bus.subscribe("work", ({ data }) => {
    add((data as Payload).n);
  });
  return nanoseconds(1_000_000, (count) => {
    for (let n = 0; n < count; n++) bus.publish("work", { n });
  });
}

/** A hundred tasks are pushed while it is paused, then it works them off: it queues as ours does. */
function fastqQueued(): number {
  const queue = fastq((data: Payload, done: (error: Error | null) => void) => {
    add(data.n);
    done(null);
  }, 1);
  const ignore = () => undefined;
  return nanoseconds(1_000_000, (count) => {
    for (let n = 0; n < count; n += 100) {
      queue.pause();
      for (let place = 0; place < 100; place++) queue.push({ n: n + place }, ignore);
      queue.resume();
    }
  });
}

// Handlers that return a promise; a hundred at a time.

const AT_A_TIME = 100;

async function handleLater(data: Payload): Promise<void> {
  add(data.n);
}

const perSecond = (nanosecondsEach: number) => 1e9 / nanosecondsEach;

async function asynchronous(): Promise<number> {
  const bus = new EventBus({ channels: { work: { ...ARMED }, dead: {} } });
  bus.addRoute({ eventType: "work", channel: "work" });
  bus.subscribe("work", ({ data }) => handleLater(data as Payload), { concurrency: AT_A_TIME });
  const each = await nanosecondsLater(100_000, async (count) => {
    for (let n = 0; n < count; n++) bus.publish("work", { n });
    await bus.drained();
  });
  return perSecond(each);
}

async function fastqAsynchronous(): Promise<number> {
  const queue = fastq.promise(handleLater, AT_A_TIME);
  const each = await nanosecondsLater(100_000, async (count) => {
    for (let n = 0; n < count; n++) void queue.push({ n });
    await queue.drained();
  });
  return perSecond(each);
}

async function emitteryAsynchronous(): Promise<number> {
  const emitter = new Emittery<{ work: Payload }>();
  emitter.on("work", (event) => handleLater("data" in event ? event.data : event));
  const each = await nanosecondsLater(100_000, (count) => emitAll(count, (n) => emitter.emit("work", { n })));
  return perSecond(each);
}

async function moleculerAsynchronous(): Promise<number> {
  const broker = new moleculer.ServiceBroker({ logger: false });
  broker.createService({
    name: "worker",
    events: { work: (context: { params: Payload }) => handleLater(context.params) },
  });
  await broker.start();
  const each = await nanosecondsLater(100_000, (count) => emitAll(count, (n) => broker.emit("work", { n })));
  await broker.stop();
  return perSecond(each);
}

/** All at once, as ours and fastq get them. */
async function emitAll(count: number, emit: (n: number) => Promise<unknown>): Promise<void> {
  const emits: Promise<unknown>[] = [];
  for (let n = 0; n < count; n++) emits.push(emit(n));
  await Promise.all(emits);
}

// A thousand patterns.

/** Half of them by what a type begins with, half by what it ends with. */
function withPatterns(count: number): EventBus {
  const bus = new EventBus({ channels: { users: { ...ARMED, priority: "critical" }, dead: {} } });
  for (let index = 0; index < count; index++) {
    const pattern = index % 2 === 0 ? `^area_${index}\\.` : `\\.act_${index}$`;
    bus.addPatternRoute({ pattern, channel: "users" });
  }
  bus.subscribe("users", ({ data }) => {
    add((data as Payload).n);
  });
  return bus;
}

const ACTIVE = Array.from({ length: 64 }, (_, index) => `area_${(index * 2) % 10}.thing_${index}`);

function knownTypes(patterns: number): number {
  const bus = withPatterns(patterns);
  return nanoseconds(500_000, (count) => {
    for (let n = 0; n < count; n++) bus.publish(ACTIVE[n & 63] ?? "", { n });
  });
}

function eventemitter2KnownTypes(): number {
  const emitter = new eventemitter2.EventEmitter2({ wildcard: true, maxListeners: 0 });
  const listen = (data: Payload) => {
    add(data.n);
  };
  for (let index = 0; index < 1000; index++) emitter.on(index % 2 === 0 ? `area_${index}.*` : `*.act_${index}`, listen);
  return nanoseconds(100_000, (count) => {
    for (let n = 0; n < count; n++) emitter.emit(ACTIVE[n & 63] ?? "", { n });
  });
}

function mqemitterKnownTypes(): number {
  const emitter = mqemitter({ concurrency: 0, separator: ".", wildcardOne: "*", wildcardSome: "#" });
  const listen = (message: mqemitter.Message, done: () => void) => {
    add(Number(message["n"]));
    done();
  };
  for (let index = 0; index < 1000; index++) emitter.on(index % 2 === 0 ? `area_${index}.*` : `*.act_${index}`, listen);
  return nanoseconds(100_000, (count) => {
    for (let n = 0; n < count; n++) emitter.emit({ topic: ACTIVE[n & 63] ?? "", n });
  });
}

// Types that no route takes.

const UNKNOWN = Array.from({ length: 64 }, (_, index) => `elsewhere_${index}.thing`);

function unknownSeenBefore(): number {
  const bus = withPatterns(1000);
  return nanoseconds(1_000_000, (count) => {
    for (let n = 0; n < count; n++) bus.publish(UNKNOWN[n & 63] ?? "", n);
  });
}

function eventemitter2Unknown(): number {
  const emitter = new eventemitter2.EventEmitter2({ wildcard: true, maxListeners: 0 });
  for (let index = 0; index < 1000; index++) {
    emitter.on(index % 2 === 0 ? `area_${index}.*` : `*.act_${index}`, () => undefined);
  }
  return nanoseconds(100_000, (count) => {
    for (let n = 0; n < count; n++) emitter.emit(UNKNOWN[n & 63] ?? "", n);
  });
}

const NEVER_SEEN = 100_000;

/** Each type is published once; they are made before the time is taken. */
function neverSeen(emit: (type: string) => void): number {
  const rounds: number[] = [];
  for (let round = -2; round < 7; round++) {
    const types = Array.from({ length: NEVER_SEEN }, (_, index) => flat(`elsewhere_${round}_${index}.thing`));
    const startedAt = performance.now();
    for (const type of types) emit(type);
    if (round >= 0) rounds.push(((performance.now() - startedAt) * 1e6) / NEVER_SEEN);
  }
  return medianOf(rounds);
}

/** A string as it comes out of a parser: in one piece. V8 joins pieces only when somebody looks inside. */
function flat(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function unknownNeverSeen(): number {
  const bus = withPatterns(1000);
  return neverSeen((type) => bus.publish(type, 1));
}

function eventemitter2NeverSeen(): number {
  const emitter = new eventemitter2.EventEmitter2({ wildcard: true, maxListeners: 0 });
  for (let index = 0; index < 1000; index++) {
    emitter.on(index % 2 === 0 ? `area_${index}.*` : `*.act_${index}`, () => undefined);
  }
  return neverSeen((type) => emitter.emit(type, 1));
}

// How long events wait in a queue at a given pace.

const PACE = 200_000;
const MEASURED_FOR = 1500;

/** The 99th percentile of milliseconds from `push` to the handler, at `PACE` events per second. */
async function waitOf(push: (pushedAt: number) => void, waits: readonly number[]): Promise<number> {
  const startedAt = performance.now();
  let pushed = 0;
  for (let now = startedAt; now - startedAt < MEASURED_FOR; now = performance.now()) {
    const due = ((now - startedAt) / 1000) * PACE;
    while (pushed < due) {
      push(performance.now());
      pushed++;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const sorted = waits.slice(Math.floor(waits.length / 5)).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

function waitInQueue(): Promise<number> {
  const bus = new EventBus({ channels: { work: { ...ARMED }, dead: {} } });
  bus.addRoute({ eventType: "work", channel: "work" });
  const waits: number[] = [];
  bus.subscribe("work", ({ data }) => void waits.push(performance.now() - (data as number)));
  return waitOf((pushedAt) => bus.publish("work", pushedAt), waits);
}

function waitInFastq(): Promise<number> {
  const waits: number[] = [];
  const queue = fastq((pushedAt: number, done: (error: Error | null) => void) => {
    waits.push(performance.now() - pushedAt);
    setImmediate(done, null);
  }, 1_000_000);
  return waitOf((pushedAt) => queue.push(pushedAt, () => undefined), waits);
}

// What ten million events of a million types leave behind.

const TYPES = 1_000_000;

function growthOver(emit: (type: string, n: number) => void): number {
  const emitRound = () => {
    for (let n = 0; n < TYPES; n++) emit(`kind_${n}.happened`, n);
  };
  emitRound();
  const before = heapInUse();
  for (let round = 1; round < 10; round++) emitRound();
  return Math.max(0, heapInUse() - before);
}

function heapInUse(): number {
  for (let time = 0; time < 3; time++) globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function growth(): number {
  const bus = withPatterns(1000);
  return growthOver((type, n) => bus.publish(type, n));
}

/** Remembers nothing about types, so it shows what measuring itself leaves behind. */
function eventemitter3Growth(): number {
  const emitter = new EventEmitter();
  return growthOver((type, n) => emitter.emit(type, n));
}

export const comparisons: readonly Comparison[] = [
  {
    name: "synchronous delivery, one type, one subscriber",
    unit: "ns",
    peerName: "eventemitter3",
    ours: deliverAtOnce,
    peer: eventemitter3AtOnce,
    goal: atMost(1.25),
  },
  {
    name: "synchronous delivery, one type, one subscriber",
    unit: "ns",
    peerName: "mitt",
    ours: deliverAtOnce,
    peer: mittAtOnce,
    goal: atMost(0.6),
  },
  {
    name: "synchronous delivery, 16 channels, distinct handlers",
    unit: "ns",
    peerName: "eventemitter3",
    ours: deliverOnSixteen,
    peer: eventemitter3OnSixteen,
    goal: atMost(1.5),
  },
  {
    name: "queued publish to delivery, batches of 100",
    unit: "ns",
    peerName: "fastq",
    ours: queued,
    peer: fastqQueued,
    goal: atMost(1),
  },
  {
    name: "fan-out to 10",
    unit: "ns",
    peerName: "eventemitter3",
    ours: fanOut,
    peer: eventemitter3FanOut,
    goal: atMost(0.8),
  },
  {
    name: "asynchronous handlers",
    unit: "per second",
    peerName: "fastq.promise",
    ours: asynchronous,
    peer: fastqAsynchronous,
    goal: timesAsMany(2.5),
  },
  {
    name: "asynchronous handlers",
    unit: "per second",
    peerName: "emittery",
    ours: asynchronous,
    peer: emitteryAsynchronous,
    goal: timesAsMany(15),
  },
  {
    name: "asynchronous handlers",
    unit: "per second",
    peerName: "moleculer",
    ours: asynchronous,
    peer: moleculerAsynchronous,
    goal: timesAsMany(1),
  },
  {
    name: "1,000 patterns, known type",
    unit: "ns",
    peerName: "eventemitter2",
    ours: () => knownTypes(1000),
    peer: eventemitter2KnownTypes,
    goal: { text: "<= 150 ns and <= 0.4 x peer", isMet: (ours, peer) => ours <= 150 && ours <= 0.4 * peer },
  },
  {
    name: "1,000 patterns, known type",
    unit: "ns",
    peerName: "mqemitter",
    ours: () => knownTypes(1000),
    peer: mqemitterKnownTypes,
    goal: atMost(1),
  },
  {
    name: "growth from 10 to 1,000 patterns, known type",
    unit: "ns",
    peerName: "ours with 10",
    ours: () => knownTypes(1000),
    peer: () => knownTypes(10),
    goal: atMost(3),
  },
  {
    name: "unknown type, seen before, 1,000 patterns",
    unit: "ns",
    peerName: "eventemitter2",
    ours: unknownSeenBefore,
    peer: eventemitter2Unknown,
    goal: under(40, "ns"),
  },
  {
    name: "unknown type, never seen, 1,000 patterns",
    unit: "ns",
    peerName: "eventemitter2",
    ours: unknownNeverSeen,
    peer: eventemitter2NeverSeen,
    goal: under(1000, "ns"),
  },
  {
    name: "wait in the queue at 200,000 events a second, 99th percentile",
    unit: "ms",
    peerName: "fastq",
    ours: waitInQueue,
    peer: waitInFastq,
    goal: under(0.1, "ms"),
  },
  {
    name: "heap growth over 10 million events of 1 million types",
    unit: "MiB",
    peerName: "eventemitter3",
    ours: growth,
    peer: eventemitter3Growth,
    goal: under(1, "MiB"),
  },
];
