import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { DeadLetter } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
import { EventBus } from "./event-bus.ts";
import type { EventBusDependencies } from "./event-bus-dependencies.ts";
import type { ChannelOptions } from "./generated/options.ts";

function createBus(work: ChannelOptions = {}, dependencies: EventBusDependencies = {}) {
  const clock = new VirtualClock();
  const channels = { work: { deadLetter: "dead", ...work }, dead: {} };
  const bus = new EventBus({ channels }, { clock, random: () => 0, ...dependencies });
  bus.addRoute({ eventType: "work", channel: "work" });
  const dead: (DeadLetter | undefined)[] = [];
  bus.subscribe("dead", ({ deadLetter }) => void dead.push(deadLetter));
  /** What the dead letter says of one event that nobody can handle. */
  const letter = async () => {
    bus.publish("work", 1);
    await clock.runUntil(bus.drained());
    return dead[0];
  };
  return { bus, clock, letter };
}

describe("the history in a dead letter", () => {
  it("tells of each attempt when it began, who made it, how long it took and why it failed", async () => {
    const { bus, clock, letter } = createBus({ retries: { attempts: 3, backoff: "200ms" } });
    let calls = 0;
    bus.subscribe(
      "work",
      async () => {
        calls++;
        await clock.sleep(10 * calls);
        if (calls === 2) throw eventErrors.LLMSPELL_E_EVENT_TYPE({ type: "" });
        throw new Error(`failure ${calls}`);
      },
      { id: "worker", group: "workers" },
    );
    const by = { group: "workers", member: "worker" };
    expect(await letter()).toEqual({
      channel: "work",
      reason: "failure 3",
      attempts: 3,
      history: [
        { at: 0, ...by, duration: 10, message: "failure 1" },
        {
          ...{ at: 110, ...by, duration: 20, code: "LLMSPELL_E_EVENT_TYPE" },
          message: "An event's type must be a string that is not empty; this one's is \"\".",
        },
        { at: 330, ...by, duration: 30, message: "failure 3" },
      ],
    });
  });

  it("names the member that made each attempt", async () => {
    const { bus, letter } = createBus({ retries: { attempts: 4, backoff: "1ms" } });
    for (const id of ["one", "two", "three"])
      bus.subscribe(
        "work",
        () => {
          throw new Error(id);
        },
        { id },
      );
    const found = await letter();
    expect(found?.history.map(({ member, message }) => [member, message])).toEqual(
      ["one", "two", "three", "one"].map((id) => [id, id]),
    );
  });

  it("is that of the group that failed", async () => {
    const { bus, letter } = createBus({ retries: { attempts: 2, backoff: "1ms" } });
    bus.subscribe("work", () => undefined, { group: "fine" });
    bus.subscribe("work", () => Promise.reject(new Error("no")), { group: "broken" });
    expect((await letter())?.history.map(({ group }) => group)).toEqual(["broken", "broken"]);
  });

  it("times what is handled at once", async () => {
    class BusyClock extends VirtualClock {
      spent = 0;

      override now(): number {
        return super.now() + this.spent;
      }
    }
    const clock = new BusyClock();
    const { bus, letter } = createBus({}, { clock });
    bus.subscribe("work", () => {
      clock.spent += 7;
      throw new Error("no");
    });
    expect((await letter())?.history).toMatchObject([{ at: 0, duration: 7 }]);
  });

  it("keeps the last ten attempts, and the number of all", async () => {
    const { bus, letter } = createBus({ retries: { attempts: 25, backoff: "1ms" } });
    let calls = 0;
    bus.subscribe("work", () => {
      throw new Error(`failure ${++calls}`);
    });
    const found = await letter();
    expect(found?.attempts).toBe(25);
    expect(found?.history.map(({ message }) => message)).toEqual(
      Array.from({ length: 10 }, (_, index) => `failure ${index + 16}`),
    );
  });

  it("cuts long messages, and bears errors that are none", async () => {
    const { bus, letter } = createBus({ retries: { attempts: 3, backoff: "1ms" } });
    const thrown: unknown[] = [new Error("x".repeat(10_000)), "just text", { code: 7 }];
    bus.subscribe("work", () => {
      throw thrown.shift();
    });
    const history = (await letter())?.history;
    expect(history?.map(({ message, code }) => [message.length, code])).toEqual([
      [500, undefined],
      [9, undefined],
      [expect.any(Number), undefined],
    ]);
    expect(history?.[0]?.message.endsWith("x…")).toBe(true);
  });

  it("names nobody where the balancer failed", async () => {
    const { bus, letter } = createBus({}, { random: seededRandom(1), createBalancer: () => ({ pick: () => 99 }) });
    for (let member = 0; member < 2; member++) bus.subscribe("work", () => undefined);
    expect((await letter())?.history).toEqual([
      expect.objectContaining({ group: "default", code: "LLMSPELL_E_CHANNEL_BALANCER", duration: 0 }),
    ]);
    expect((await letter())?.history[0]).not.toHaveProperty("member");
  });
});
