import { VirtualClock } from "@llmspell/testkit";
import { CloudEvent } from "cloudevents";
import { expect, it } from "vitest";
import { eventInputOf, toCloudEvent } from "./cloud-event.ts";
import { EventStamp } from "./event-stamp.ts";

const stamp = new EventStamp(new VirtualClock(1_700_000_000_000), () => 0.5);

it("is a CloudEvent to those who know them, and comes back as it went", () => {
  const input = {
    type: "user.login",
    data: { id: 1 },
    id: "e1",
    source: "desk",
    subject: "s",
    time: 1000,
    key: "k",
    ttl: 500,
  };
  const json = toCloudEvent(stamp.stamp(input));
  expect(json).toEqual({
    ...{ specversion: "1.0", id: "e1", source: "desk", type: "user.login", subject: "s" },
    ...{ time: "1970-01-01T00:00:01.000Z", datacontenttype: "application/json", data: { id: 1 } },
    ...{ partitionkey: "k", expirytime: "2023-11-14T22:13:20.500Z" },
  });
  expect(new CloudEvent({ ...json }).validate()).toBe(true);
  expect(eventInputOf(JSON.parse(JSON.stringify(json)), 1_700_000_000_000)).toEqual(input);
});

it("has all that CloudEvents require also when the emitter said only a type", () => {
  const json = toCloudEvent(stamp.stampBare("ping", undefined));
  expect(Object.keys(json)).toEqual(["specversion", "id", "source", "type", "time"]);
  expect(new CloudEvent({ ...json }).validate()).toBe(true);
});

it("takes bytes as they are, both ways", () => {
  const bytes = new Uint8Array([0, 255, 16]);
  const json = toCloudEvent(stamp.stampBare("scanned", bytes));
  expect(json).toMatchObject({ data_base64: "AP8Q" });
  expect("data" in json || "datacontenttype" in json).toBe(false);
  expect(new CloudEvent({ ...json }).validate()).toBe(true);
  expect(eventInputOf(json, 0).data).toEqual(bytes);
  const view = new Uint8Array([9, 0, 255, 16, 9]).subarray(1, 4);
  expect(toCloudEvent(stamp.stampBare("scanned", view)).data_base64).toBe("AP8Q");
});

it.each(["time", "expirytime"])("refuses a CloudEvent whose %s is none", (name) => {
  const event = { specversion: "1.0", id: "1", source: "s", type: "t", [name]: "yesterday" } as const;
  expect(() => eventInputOf(event, 0)).toThrow(expect.objectContaining({ code: "LLMSPELL_E_EVENT_TIME" }));
});
