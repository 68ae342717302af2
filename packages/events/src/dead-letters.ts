import { type Log, messageOf } from "@llmspell/base";
import type { BusEvent } from "./bus-event.ts";
import type { DeliveryFailure } from "./delivery.ts";
import { deadLetterOf } from "./emitted-event.ts";

/** What passing on needs of the bus. */
export interface DeadLetterContext {
  readonly log: Log;
  /** Offers an event to another channel; whether that accepted it. */
  offerTo(channel: string, event: BusEvent): boolean;
}

/** Passes events that a channel gave up to its dead-letter channel; counts and logs what became of them. */
export class DeadLetters {
  accepted = 0;
  refused = 0;
  expiredAccepted = 0;
  expiredRefused = 0;
  readonly #channel: string;
  readonly #target: string | undefined;
  readonly #context: DeadLetterContext;

  constructor(channel: string, target: string | undefined, context: DeadLetterContext) {
    this.#channel = channel;
    this.#target = target;
    this.#context = context;
  }

  take(event: BusEvent, { error, attempts }: DeliveryFailure): void {
    const { log } = this.#context;
    const { id, type } = event;
    // An event that has been dead-lettered once is not passed on again: channels that name each other would loop.
    if (this.#target === undefined || event.deadLetter !== undefined) {
      log.warn(`Channel ${this.#channel} gave up event ${id}: ${messageOf(error)}`, { type, attempts });
      return;
    }
    const passedOn = this.#passOn(this.#target, event, messageOf(error), attempts);
    if (passedOn) this.accepted++;
    else this.refused++;
  }

  /** The same for an event that it was too late for; not one of the failed. */
  takeExpired(event: BusEvent): void {
    if (this.#target === undefined || event.deadLetter !== undefined) return;
    if (this.#passOn(this.#target, event, "expired", 0)) this.expiredAccepted++;
    else this.expiredRefused++;
  }

  #passOn(target: string, event: BusEvent, reason: string, attempts: number): boolean {
    const deadLetter = { channel: this.#channel, reason, attempts };
    if (this.#context.offerTo(target, deadLetterOf(event, deadLetter))) return true;
    const { id, type } = event;
    this.#context.log.error(`Dead-letter channel ${target} refused event ${id}.`, { type, ...deadLetter });
    return false;
  }
}
