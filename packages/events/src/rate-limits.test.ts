import { isLlmspellError } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { RATE_LIMITED } from "./emit-result.ts";
import { EventBus } from "./event-bus.ts";
import type { EventsSection } from "./generated/options.ts";

function createBus(section: EventsSection) {
  const clock = new VirtualClock();
  const bus = new EventBus(section, { clock });
  for (const channel of Object.keys(section.channels ?? {})) {
    bus.addRoute({ eventType: channel, channel });
    bus.subscribe(channel, () => undefined);
  }
  return { bus, clock };
}

it("limits each key apart from the others, and what lacks the key together", async () => {
  const { bus, clock } = createBus({
    channels: { work: { priority: "critical", rateLimit: { rate: "2/s", key: "event.data.userId" } } },
  });
  const isAdmitted = (data: unknown) => bus.publish("work", data) > 0;
  const users = ["ada", "ada", "ada", "bob", "bob"].map((userId) => isAdmitted({ userId }));
  expect(users).toEqual([true, true, false, true, true]);
  expect([{}, null, { userID: "ada" }].map(isAdmitted)).toEqual([true, true, false]);
  await clock.advance(500);
  expect([isAdmitted({ userId: "ada" }), isAdmitted({ userId: "ada" })]).toEqual([true, false]);
  expect(bus.stats().channels["work"]).toMatchObject({ rateLimited: 3, accepted: 7 });
});

it("lets channels share a limit, also when one of them is emitted to in a row", () => {
  const { bus } = createBus({
    rateLimits: { api: { rate: "10/s" } },
    channels: {
      a: { priority: "critical", rateLimit: { shared: "api" } },
      b: { priority: "critical", rateLimit: { shared: "api" } },
    },
  });
  const admitted = ["a", "a", "a", "a", "a", "a", "a", "b", "b", "b", "b", "a"].filter(
    (type) => bus.publish(type, 0) > 0,
  );
  expect(admitted).toHaveLength(10);
  expect([bus.publish("a", 0), bus.publish("b", 0)]).toEqual([RATE_LIMITED, RATE_LIMITED]);
});

it("does not admit more in a row than the burst of a channel's own limit", () => {
  const { bus } = createBus({ channels: { work: { priority: "critical", rateLimit: "100/s" } } });
  let admitted = 0;
  for (let count = 0; count < 300; count++) if (bus.publish("work", count) > 0) admitted++;
  expect(admitted).toBe(100);
});

it("gives back what events in a row were admitted for in advance, and that did not come", async () => {
  const { bus, clock } = createBus({ channels: { work: { priority: "critical", rateLimit: "1/h", burst: 200 } } });
  let admitted = 0;
  for (let row = 0; row < 100; row++) {
    for (let data = 0; data < 3; data++) if (bus.publish("work", data) > 0) admitted++;
    await clock.advance(0);
  }
  expect(admitted).toBe(200);
});

it("remembers the last 10,000 keys at least", () => {
  const { bus } = createBus({ channels: { work: { rateLimit: { rate: "1/h", burst: 1, key: "event.data" } } } });
  // Whenever a generation ends, the key is among the last 10,000.
  for (let key = 0; key < 15_000; key++) {
    bus.publish("work", key);
    if (key % 1000 === 999) expect(bus.publish("work", Math.max(0, key - 9998))).toBe(RATE_LIMITED);
  }
});

it("forgets keys that come no more, so that their number has a bound", () => {
  const { bus } = createBus({ channels: { work: { rateLimit: { rate: "1/h", burst: 1, key: "event.data" } } } });
  expect([bus.publish("work", "first") > 0, bus.publish("work", "first") > 0]).toEqual([true, false]);
  for (let key = 0; key < 20_001; key++) bus.publish("work", key);
  expect(bus.publish("work", 20_000)).toBe(RATE_LIMITED);
  expect(bus.publish("work", "first")).toBeGreaterThan(0);
});

it.each<[`LLMSPELL_E_${string}`, EventsSection]>([
  ["LLMSPELL_E_CHANNEL_RATE_LIMIT", { channels: { work: { rateLimit: { shared: "api" } } } }],
  ["LLMSPELL_E_EXPRESSION", { channels: { work: { rateLimit: { rate: "1/s", key: "event." } } } }],
])("throws %s for %j", (code, section) => {
  expect.assertions(1);
  try {
    new EventBus(section);
  } catch (error) {
    expect(isLlmspellError(error, code)).toBe(true);
  }
});
