import type { BusEvent, EventInput } from "./bus-event.ts";

/**
 * An event in the JSON format of CloudEvents 1.0 (https://github.com/cloudevents/spec), with the extensions
 * `partitionkey` (the bus's key) and `expirytime`.
 */
export interface CloudEventJson {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly data?: unknown;
  readonly partitionkey?: string;
  /** RFC 3339. */
  readonly expirytime?: string;
}

/** The event as others understand it. Sequence and dead-letter reason are this bus's own, and left out. */
export function toCloudEvent(event: BusEvent): CloudEventJson {
  const { id, source, type, subject, time, data, key, expiresAt } = event;
  return {
    specversion: "1.0",
    ...{ id, source, type, time: textOf(time) },
    ...(subject === undefined ? {} : { subject }),
    ...(data === undefined ? {} : { datacontenttype: "application/json", data }),
    ...(key === undefined ? {} : { partitionkey: key }),
    ...(expiresAt === undefined ? {} : { expirytime: textOf(expiresAt) }),
  };
}

/** What to emit for an event that comes from outside; its time to live is counted from `now` on, milliseconds since the Unix epoch. */
export function eventInputOf(event: CloudEventJson, now: number): EventInput {
  const { id, source, type, subject, time, data, partitionkey, expirytime } = event;
  const ttl = expirytime === undefined ? undefined : Math.max(0, Date.parse(expirytime) - now);
  return {
    id,
    source,
    type,
    subject,
    data,
    key: partitionkey,
    time: time === undefined ? undefined : Date.parse(time),
    ttl,
  };
}

function textOf(time: number): string {
  return new Date(time).toISOString();
}
