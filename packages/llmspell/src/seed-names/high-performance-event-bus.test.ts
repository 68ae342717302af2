import { REJECTED } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { HighPerformanceEventBus } from "./high-performance-event-bus.ts";

it("gives every channel the default capacity, also one that a route names first", () => {
  const channels = { declared: {} };
  const bus = new HighPerformanceEventBus({ defaultChannelCapacity: 2, channels }, { clock: new VirtualClock() });
  for (const channel of ["declared", "named"]) {
    bus.addRoute({ eventType: channel, channel });
    bus.subscribe(channel, () => undefined);
    expect([1, 2, 3].map((data) => bus.publish(channel, data) === REJECTED)).toEqual([false, false, true]);
  }
});

it("hands out at once when as many wait as the batch size says", () => {
  const bus = new HighPerformanceEventBus({ batchProcessingSize: 3 }, { clock: new VirtualClock() });
  bus.addRoute({ eventType: "work", channel: "work" });
  let handled = 0;
  bus.subscribe("work", () => void handled++);
  for (let count = 0; count < 2; count++) bus.publish("work", count);
  expect(handled).toBe(0);
  bus.publish("work", 2);
  expect(handled).toBe(3);
});

it("declares the channel of a pattern, and keeps one that was added by hand", () => {
  const bus = new HighPerformanceEventBus({}, { clock: new VirtualClock() });
  bus.addChannel("users", { priority: "critical" });
  for (const channel of ["users", "others"]) bus.addPatternRoute({ pattern: /^user_/, channel });
  let handled = 0;
  bus.subscribe("users", () => void handled++);
  bus.publish("user_login", 1);
  expect(handled).toBe(1);
  expect(Object.keys(bus.stats().channels)).toEqual(["users", "others"]);
});

it.each([
  { enableCircuitBreaker: undefined, circuitBreakerThreshold: undefined, breaker: undefined },
  { enableCircuitBreaker: undefined, circuitBreakerThreshold: 0.5, breaker: "closed" },
  { enableCircuitBreaker: true, circuitBreakerThreshold: undefined, breaker: "closed" },
  { enableCircuitBreaker: false, circuitBreakerThreshold: 0.5, breaker: undefined },
])("has the breaker $breaker for $enableCircuitBreaker and threshold $circuitBreakerThreshold", (given) => {
  const { enableCircuitBreaker, circuitBreakerThreshold, breaker } = given;
  const channels = { work: { subscriberPool: { circuitBreakerThreshold } } };
  const bus = new HighPerformanceEventBus({ enableCircuitBreaker, channels });
  expect(bus.stats().channels["work"]?.breaker).toBe(breaker);
});

it("takes other balancers from its dependencies, and names one that nobody knows", async () => {
  const options = { channels: { work: { subscriberPool: { loadBalancer: "last" } } } };
  const bus = new HighPerformanceEventBus(options, {
    createBalancer: () => ({ pick: (members) => members.length - 1 }),
  });
  bus.addRoute({ eventType: "work", channel: "work" });
  const handled: string[] = [];
  for (const id of ["first", "second"]) bus.subscribe("work", () => void handled.push(id));
  await bus.emit({ type: "work", data: 1 });
  await bus.drained();
  expect(handled).toEqual(["second"]);
  const other = new HighPerformanceEventBus(options);
  expect(() => other.subscribe("work", () => undefined)).toThrow(
    expect.objectContaining({ code: "LLMSPELL_E_EVENT_IMPLEMENTATION" }),
  );
});

it("refuses to batch what is urgent", () => {
  const channels = { work: { priority: "high" as const, batchingEnabled: true } };
  expect(() => new HighPerformanceEventBus({ channels })).toThrow(
    expect.objectContaining({ code: "LLMSPELL_E_BUS_BATCHING" }),
  );
});
