import type { BusEvent } from "@llmspell/events";

/** An event as JSON; `JSON.stringify` leaves out what is undefined. */
export function textOf(event: BusEvent): string {
  const { id, type, source, subject, time, data, key, sequence, emittedAt, expiresAt, deadLetter } = event;
  if (typeof data === "function" || typeof data === "symbol") throw new TypeError(`it is a ${typeof data}`);
  return JSON.stringify({ id, type, source, subject, time, data, key, sequence, emittedAt, expiresAt, deadLetter });
}

/** The event that `textOf` has written. */
export function eventOf(text: string): BusEvent {
  const { id, type, source, subject, time, data, key, ...rest } = JSON.parse(text) as BusEvent;
  const { sequence, emittedAt, expiresAt, deadLetter } = rest;
  return { id, type, source, subject, time, data, key, sequence, emittedAt, expiresAt, deadLetter };
}
