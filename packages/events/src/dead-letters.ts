import { type Log, messageOf } from "@llmspell/base";
import type { BusEvent, DeadLetter } from "./bus-event.ts";
import type { DeliveryFailure } from "./delivery.ts";
import { deadLetterOf } from "./emitted-event.ts";

/** What passing on needs of the bus. */
export interface DeadLetterContext {
  readonly log: Log;
  /** Offers an event to another channel; whether that keeps it, as a promise where its queue takes time to store it. */
  offerTo(channel: string, event: BusEvent): boolean | Promise<boolean>;
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

  /**
   * Passes on an event that failed, if the channel passes on any.
   *
   * @returns false when the dead-letter channel did not keep it; a promise, which never rejects, while that is not known
   */
  take(event: BusEvent, { error, attempts, history }: DeliveryFailure): boolean | Promise<boolean> {
    const { log } = this.#context;
    const { id, type } = event;
    // An event that has been dead-lettered once is not passed on again: channels that name each other would loop.
    if (this.#target === undefined || event.deadLetter !== undefined) {
      log.warn(`Channel ${this.#channel} gave up event ${id}: ${messageOf(error)}`, { type, attempts });
      return true;
    }
    const deadLetter = { channel: this.#channel, reason: messageOf(error), attempts, history };
    return this.#passOn(this.#target, event, deadLetter, (isKept) => {
      if (isKept) this.accepted++;
      else this.refused++;
    });
  }

  /** The same for an event that it was too late for; not one of the failed, and no dead letter, which does not expire. */
  takeExpired(event: BusEvent): boolean | Promise<boolean> {
    if (this.#target === undefined) return true;
    const deadLetter = { channel: this.#channel, reason: "expired", attempts: 0, history: [] };
    return this.#passOn(this.#target, event, deadLetter, (isKept) => {
      if (isKept) this.expiredAccepted++;
      else this.expiredRefused++;
    });
  }

  #passOn(
    target: string,
    event: BusEvent,
    deadLetter: DeadLetter,
    count: (isKept: boolean) => void,
  ): boolean | Promise<boolean> {
    const answered = (isKept: boolean) => {
      count(isKept);
      const { id, type } = event;
      if (!isKept)
        this.#context.log.error(`Dead-letter channel ${target} refused event ${id}.`, { type, ...deadLetter });
      return isKept;
    };
    const offered = this.#context.offerTo(target, deadLetterOf(event, deadLetter));
    return typeof offered === "boolean" ? answered(offered) : offered.then(answered);
  }
}
