import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";

const login = { schema: { type: "object", required: ["userId"], properties: { userId: { type: "string" } } } };

it("refuses data that does not fit to its emitter, whichever way it comes, and counts no event", async () => {
  const bus = new EventBus(
    { payloads: { login }, channels: { users: { priority: "critical" } } },
    { clock: new VirtualClock() },
  );
  bus.addPatternRoute({ pattern: "^log", channel: "users" });
  const seen: unknown[] = [];
  bus.subscribe("users", ({ data }) => void seen.push(data));
  const bad = { userId: "secret".length };
  const refusal = { code: "LLMSPELL_E_EVENT_DATA", message: expect.stringContaining("/userId must be string") };
  expect(() => bus.publish("login", bad)).toThrow(expect.objectContaining(refusal));
  expect(() => bus.publish({ type: "login", data: bad, key: "k" })).toThrow(expect.objectContaining(refusal));
  await expect(bus.emit({ type: "login", data: bad })).rejects.toMatchObject(refusal);
  expect((await bus.emitBatch([{ type: "login", data: bad }])).results).toMatchObject([{ outcome: "invalid" }]);
  expect(bus.stats()).toMatchObject({ emitted: 0, emitting: 0 });
  for (const data of [{ userId: "ada" }, { userId: "bob" }, { userId: "cy" }]) bus.publish("login", data);
  expect(() => bus.publish("login", bad)).toThrow(expect.objectContaining(refusal));
  bus.publish("logout", bad);
  expect(seen).toEqual([{ userId: "ada" }, { userId: "bob" }, { userId: "cy" }, bad]);
});

it("refuses a schema that is none", () => {
  const payloads = { login: { schema: { type: "nothing" } } };
  expect(() => new EventBus({ payloads })).toThrow(expect.objectContaining({ code: "LLMSPELL_E_EVENT_SCHEMA" }));
});
