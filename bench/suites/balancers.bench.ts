// What choosing a member costs, and what choosing well gains.
import { type Clock, seededRandom, sleepOn } from "@llmspell/base";
import {
  ConsistentHash,
  LeastConnections,
  P2cEwma,
  RoundRobin,
  SmoothWeighted,
  WeightedRandom,
} from "@llmspell/plugin-load-balancers";
import { CircuitBreaker, type LoadBalancer } from "@llmspell/resilience";
import type { Comparison } from "../comparison.ts";

const CALLS = 3_000_000;
const KEYS = Array.from({ length: 1024 }, (_, number) => `user:${number}`);

function membersOf(count: number) {
  return Array.from({ length: count }, (_, index) => ({ id: `member-${index}`, inFlight: index % 3, weight: 1 }));
}

/** Nanoseconds a call, the second time round. */
function nanosecondsOf(call: (index: number) => number): number {
  let figure = 0;
  let sum = 0;
  for (let round = 0; round < 2; round++) {
    const start = performance.now();
    for (let index = 0; index < CALLS; index++) sum += call(index);
    figure = ((performance.now() - start) * 1e6) / CALLS;
  }
  if (!(sum >= 0)) throw new Error("The calls answered nonsense.");
  return figure;
}

/** The least that a choice can be. */
function bareTurn(count: number): number {
  let next = 0;
  return nanosecondsOf(() => {
    next = next + 1 === count ? 0 : next + 1;
    return next;
  });
}

function picking(name: string, create: () => LoadBalancer, limit: number): Comparison {
  const count = 8;
  return {
    name: `${name}, one pick of ${count} members`,
    unit: "ns",
    peerName: "a bare index that goes round",
    ours: () => {
      const balancer = create();
      const members = membersOf(count);
      return nanosecondsOf((index) => balancer.pick(members, KEYS[index & 1023]));
    },
    peer: () => bareTurn(count),
    goal: { text: `<= ${limit} ns`, isMet: (ours) => ours <= limit },
  };
}

/** Time that only a simulation moves. */
class SimulatedClock implements Clock {
  time = 0;

  now(): number {
    return this.time;
  }
  setTimeout(): never {
    throw new Error("The simulation has no timers.");
  }
  setInterval(): never {
    throw new Error("The simulation has no timers.");
  }
  sleep(duration: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, duration, signal);
  }
}

const SPEEDS = [1, 1, 1, 1, 1, 1, 1, 0.1];
const SERVICE = 10;

/**
 * The 99th percentile, in milliseconds, of how long calls wait and run on eight members, of which one takes ten times as
 * long, when calls come at random to 60 % of what they all can do. Each member takes one call after the other.
 */
function simulatedP99(balancer: LoadBalancer, clock: SimulatedClock): number {
  const random = seededRandom(7);
  const members = membersOf(SPEEDS.length).map((member) => ({ ...member, inFlight: 0, freeAt: 0 }));
  const capacity = SPEEDS.reduce((sum, speed) => sum + speed / SERVICE, 0);
  const running: { readonly endsAt: number; readonly took: number; readonly member: (typeof members)[number] }[] = [];
  const latencies: number[] = [];
  for (let call = 0; call < 40_000; call++) {
    const arrival = clock.time - Math.log(1 - random()) / (0.6 * capacity);
    running.sort((left, right) => left.endsAt - right.endsAt);
    while (running[0] !== undefined && running[0].endsAt <= arrival) {
      const { endsAt, took, member } = running.shift() ?? running[0];
      clock.time = endsAt;
      member.inFlight--;
      balancer.settled?.(member, took, true);
    }
    clock.time = arrival;
    const index = balancer.pick(members, undefined);
    const member = members[index];
    if (member === undefined) throw new Error(`There is no member ${index}.`);
    const service = (-Math.log(1 - random()) * SERVICE) / (SPEEDS[index] ?? 1);
    member.freeAt = Math.max(member.freeAt, arrival) + service;
    member.inFlight++;
    const took = member.freeAt - arrival;
    running.push({ endsAt: member.freeAt, took, member });
    latencies.push(took);
  }
  return latencies.sort((left, right) => left - right)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
}

export const comparisons: readonly Comparison[] = [
  picking("round_robin", () => new RoundRobin(), 250),
  picking("least_connections", () => new LeastConnections(), 250),
  picking("weighted", () => new SmoothWeighted(), 250),
  picking("random", () => new WeightedRandom(), 150),
  picking("consistent_hash", () => new ConsistentHash(), 400),
  picking("p2c_ewma", () => new P2cEwma(), 250),
  {
    name: "p2c_ewma, p99 of calls on eight members, one of them ten times slower (virtual time)",
    unit: "ms",
    peerName: "least_connections",
    ours: () => {
      const clock = new SimulatedClock();
      return simulatedP99(new P2cEwma({}, { clock, random: seededRandom(3) }), clock);
    },
    peer: () => simulatedP99(new LeastConnections(), new SimulatedClock()),
    goal: { text: "<= 0.6 x peer", isMet: (ours, peer) => ours <= 0.6 * peer },
  },
  {
    name: "circuit breaker, one call allowed while closed",
    unit: "ns",
    peerName: "a bare comparison",
    ours: () => {
      const breaker = new CircuitBreaker();
      return nanosecondsOf(() => breaker.tryAcquire() ?? 0);
    },
    peer: () => {
      const state = { value: 0, generation: 1 };
      return nanosecondsOf(() => (state.value === 0 ? state.generation : 0));
    },
    goal: { text: "<= peer + 3 ns", isMet: (ours, peer) => ours <= peer + 3 },
  },
];
