import { inspect } from "node:util";
import { type BusEvent, type DeadLetter, eventRecord } from "./bus-event.ts";
import type { Moment } from "./coarse-clock.ts";

const DEFAULT_SOURCE = "llmspell";

/** What an event has beside type and data, where it has any of it. */
export interface EventDetails {
  readonly id: string | undefined;
  readonly source: string | undefined;
  readonly subject: string | undefined;
  readonly time: number | undefined;
  readonly key: string | undefined;
  readonly expiresAt: number | undefined;
  readonly deadLetter: DeadLetter | undefined;
}

/** What most events have: one object for all of them. */
export const NO_DETAILS: EventDetails = {
  id: undefined,
  source: undefined,
  subject: undefined,
  time: undefined,
  key: undefined,
  expiresAt: undefined,
  deadLetter: undefined,
};

/**
 * An event that was emitted on this bus. Five words and a header: the rest is in objects that events share, and the id is
 * made up when somebody asks for it. An emitter of small events pays about what their payload costs.
 */
export class EmittedEvent implements BusEvent {
  readonly type: string;
  readonly data: unknown;
  readonly sequence: number;
  readonly #moment: Moment;
  readonly #details: EventDetails;

  constructor(type: string, data: unknown, sequence: number, moment: Moment, details: EventDetails) {
    this.type = type;
    this.data = data;
    this.sequence = sequence;
    this.#moment = moment;
    this.#details = details;
  }

  get id(): string {
    return this.#details.id ?? `${this.#moment.idPrefix}-${this.sequence}`;
  }

  get source(): string {
    return this.#details.source ?? DEFAULT_SOURCE;
  }

  get subject(): string | undefined {
    return this.#details.subject;
  }

  get time(): number {
    return this.#details.time ?? this.#moment.time;
  }

  get key(): string | undefined {
    return this.#details.key;
  }

  get emittedAt(): number {
    return this.#moment.time;
  }

  get expiresAt(): number | undefined {
    return this.#details.expiresAt;
  }

  get deadLetter(): DeadLetter | undefined {
    return this.#details.deadLetter;
  }

  toJSON(): Readonly<Record<string, unknown>> {
    return eventRecord(this);
  }

  [inspect.custom](): Readonly<Record<string, unknown>> {
    return eventRecord(this);
  }
}

/** The event as it goes to a dead-letter channel, from where it does not expire. */
export function deadLetterOf(event: BusEvent, deadLetter: DeadLetter): BusEvent {
  const { id, type, source, subject, time, data, key, sequence, emittedAt } = event;
  const details = { id, source, subject, time, key, expiresAt: undefined, deadLetter };
  return new EmittedEvent(type, data, sequence, { time: emittedAt, idPrefix: "" }, details);
}
