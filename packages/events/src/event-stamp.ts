import { type Clock, parseDuration, type Random } from "@llmspell/base";
import type { EventInput } from "./bus-event.ts";
import { CoarseClock, type Moment } from "./coarse-clock.ts";
import { EmittedEvent, type EventDetails, NO_DETAILS } from "./emitted-event.ts";
import { eventErrors } from "./errors.ts";

/** Makes bus events of what emitters say: numbers them, dates them, and gives them an id where they have none. */
export class EventStamp {
  readonly clock: CoarseClock;
  #sequence = 0;

  constructor(clock: Clock, random: Random) {
    // Eight random characters, so that the ids of two runs differ.
    const idPrefix = Math.floor(random() * 36 ** 8)
      .toString(36)
      .padStart(8, "0");
    this.clock = new CoarseClock(clock, idPrefix);
  }

  /** How many events were stamped. */
  get count(): number {
    return this.#sequence;
  }

  /** An event that has a type and data only. */
  stampBare(type: string, data: unknown): EmittedEvent {
    return new EmittedEvent(type, data, ++this.#sequence, this.clock.now(), NO_DETAILS);
  }

  stampAt(type: string, data: unknown, moment: Moment): EmittedEvent {
    return new EmittedEvent(type, data, ++this.#sequence, moment, NO_DETAILS);
  }

  /**
   * @throws LLMSPELL_E_EVENT_TYPE, LLMSPELL_E_DURATION
   */
  stamp(input: EventInput): EmittedEvent {
    const { type } = input;
    if (typeof type !== "string" || type === "") throw eventErrors.LLMSPELL_E_EVENT_TYPE({ type });
    const moment = this.clock.now();
    const details = detailsOf(input, moment.time);
    return new EmittedEvent(type, input.data, ++this.#sequence, moment, details);
  }

  /** Counts an event that nobody gets to see, and tells its sequence number. */
  countUnseen(): number {
    return ++this.#sequence;
  }
}

/** Whether an event has a type and data only. */
export function isBare({ id, source, subject, time, key, ttl }: EventInput): boolean {
  return (
    id === undefined &&
    source === undefined &&
    subject === undefined &&
    time === undefined &&
    key === undefined &&
    ttl === undefined
  );
}

function detailsOf(input: EventInput, now: number): EventDetails {
  if (isBare(input)) return NO_DETAILS;
  const { id, source, subject, time, key, ttl } = input;
  const expiresAt = ttl === undefined ? undefined : now + parseDuration(ttl);
  return { id, source, subject, time, key, expiresAt, deadLetter: undefined };
}
