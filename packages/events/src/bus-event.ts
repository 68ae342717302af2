import type { Duration } from "@llmspell/base";
import type { FailedAttempt } from "./failed-attempt.ts";

/** What an emitter says of an event; the names are those of CloudEvents 1.0. */
export interface EventInput {
  /** What happened, as `issues.opened`; routes look at it first. Not empty. */
  readonly type: string;
  readonly data: unknown;
  /** Identifies the event together with `source`; made up by the bus when left out. */
  readonly id?: string | undefined;
  /** Where it happened; `llmspell` when left out. */
  readonly source?: string | undefined;
  /** What it happened to. */
  readonly subject?: string | undefined;
  /** When it happened; milliseconds since the Unix epoch. The moment of emission when left out. */
  readonly time?: number | undefined;
  /** Events of one key have an affinity: balancers that heed keys give them to the same subscriber. */
  readonly key?: string | undefined;
  /** How long after its emission it is worth handling; without end when left out. What is too late is `expired`. */
  readonly ttl?: Duration | undefined;
}

/**
 * An event on the bus. Every channel and subscriber gets the same object: treat it, and `data`, as read-only. Some of
 * its members are worked out when asked for, so a copy by `{ ...event }` lacks them; `eventRecord(event)` copies all.
 */
export interface BusEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string | undefined;
  readonly time: number;
  readonly data: unknown;
  readonly key: string | undefined;
  /** Its place in the order of emission on this bus, from 1; 0 when a durable queue kept it from an earlier run. */
  readonly sequence: number;
  /** When the bus took it; milliseconds since the Unix epoch. */
  readonly emittedAt: number;
  /** From when on it is no longer worth handling; milliseconds since the Unix epoch. */
  readonly expiresAt?: number | undefined;
  /** Why it is here, on an event that another channel could not get handled. */
  readonly deadLetter: DeadLetter | undefined;
}

/** What became of an event before it went to a dead-letter channel. */
export interface DeadLetter {
  /** The channel in which it could not be handled. */
  readonly channel: string;
  /** The message of the last error, or that it expired. */
  readonly reason: string;
  /** How often it was tried; by the group that gave it up, in the run in which it did. */
  readonly attempts: number;
  /** The last ten of these attempts, in their order; none when it expired. */
  readonly history: readonly FailedAttempt[];
}

/** A plain copy of an event, all of its members its own; those that are undefined are left out. */
export function eventRecord(event: BusEvent): Readonly<Record<string, unknown>> {
  const { id, type, source, subject, time, data, key, sequence, emittedAt, expiresAt, deadLetter } = event;
  return {
    ...{ id, type, source, time, data, sequence, emittedAt },
    ...(subject === undefined ? {} : { subject }),
    ...(key === undefined ? {} : { key }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(deadLetter === undefined ? {} : { deadLetter }),
  };
}
