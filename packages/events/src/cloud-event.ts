import type { BusEvent, EventInput } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";

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
  /** Bytes, in place of `data`. */
  readonly data_base64?: string;
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
    ...contentOf(data),
    ...(key === undefined ? {} : { partitionkey: key }),
    ...(expiresAt === undefined ? {} : { expirytime: textOf(expiresAt) }),
  };
}

/**
 * What to emit for an event that comes from outside; its time to live is counted from `now` on, milliseconds since the Unix epoch.
 *
 * @throws LLMSPELL_E_EVENT_TIME
 */
export function eventInputOf(event: CloudEventJson, now: number): EventInput {
  const { id, source, type, subject, data, data_base64: bytes, partitionkey } = event;
  const expiresAt = timeOf(event, "expirytime");
  return {
    id,
    source,
    type,
    subject,
    data: bytes === undefined ? data : new Uint8Array(Buffer.from(bytes, "base64")),
    key: partitionkey,
    time: timeOf(event, "time"),
    ttl: expiresAt === undefined ? undefined : Math.max(0, expiresAt - now),
  };
}

function contentOf(data: unknown): Pick<CloudEventJson, "data" | "data_base64" | "datacontenttype"> {
  if (data === undefined) return {};
  if (!(data instanceof Uint8Array)) return { datacontenttype: "application/json", data };
  return { data_base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64") };
}

/** Milliseconds since the Unix epoch. */
function timeOf(event: CloudEventJson, name: "time" | "expirytime"): number | undefined {
  const text = event[name];
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw eventErrors.LLMSPELL_E_EVENT_TIME({ name, text });
  return time;
}

function textOf(time: number): string {
  return new Date(time).toISOString();
}
