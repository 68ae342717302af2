import type { BreakerPermit } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { type DeliveryReceiver, type Handled, type Outcome, PENDING, worseOf } from "./delivery.ts";

/** One event on its way through several groups, at least one of which takes time: it ends when all have ended. */
export class FanOut implements DeliveryReceiver {
  readonly #receiver: DeliveryReceiver;
  /** One more while groups are still being added. */
  #pending = 1;
  #outcome: Outcome;

  constructor(receiver: DeliveryReceiver) {
    this.#receiver = receiver;
  }

  add(handled: Handled): void {
    if (handled === PENDING) this.#pending++;
    else this.#outcome = worseOf(this.#outcome, handled);
  }

  /** To be called when every group has been added. */
  started(): Handled {
    return --this.#pending === 0 ? this.#outcome : PENDING;
  }

  ended(event: BusEvent, permit: BreakerPermit | undefined, outcome: Outcome): void {
    this.#outcome = worseOf(this.#outcome, outcome);
    if (--this.#pending === 0) this.#receiver.ended(event, permit, this.#outcome);
  }
}
