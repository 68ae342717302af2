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
