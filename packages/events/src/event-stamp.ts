import type { Clock, Random } from "@llmspell/base";
import type { BusEvent, EventInput } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";

const DEFAULT_SOURCE = "llmspell";

/** Makes bus events of what emitters say: numbers them, dates them, and gives them an id where they have none. */
export class EventStamp {
  readonly #clock: Clock;
  /** Eight random characters, so that the ids of two runs differ. */
  readonly #idPrefix: string;
  #sequence = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#idPrefix = Math.floor(random() * 36 ** 8)
      .toString(36)
      .padStart(8, "0");
  }

  /** How many events were stamped. */
  get count(): number {
    return this.#sequence;
  }

  /** @throws LLMSPELL_E_EVENT_TYPE */
  stamp(input: EventInput): BusEvent {
    if (typeof input.type !== "string" || input.type === "") {
      throw eventErrors.LLMSPELL_E_EVENT_TYPE({ type: input.type });
    }
    const now = this.#clock.now();
    const sequence = ++this.#sequence;
    return {
      id: input.id ?? `${this.#idPrefix}-${sequence}`,
      type: input.type,
      source: input.source ?? DEFAULT_SOURCE,
      subject: input.subject,
      time: input.time ?? now,
      data: input.data,
      key: input.key,
      sequence,
      emittedAt: now,
      deadLetter: undefined,
    };
  }
}
