import type { Clock } from "@llmspell/base";

/** A moment that many events share: an object, so that an event holds a reference and no number of its own. */
export interface Moment {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** What the ids of this bus's events begin with. */
  readonly idPrefix: string;
}

/** Within one turn of the event loop the clock is read again after this many questions. */
const SHARED_BY = 128;

const NOW = Promise.resolve();

/**
 * Tells the time without reading the clock for every event, which would cost more than all else: what runs without a
 * pause shares a moment, up to `SHARED_BY` times.
 */
export class CoarseClock {
  readonly #clock: Clock;
  readonly #idPrefix: string;
  readonly #forget: () => void;
  /** Grows with each pause: what runs without one has one number. */
  turn = 0;
  readonly #atPause: (() => void)[] = [];
  #moment: Moment;
  #left = 0;
  #forgets = false;

  constructor(clock: Clock, idPrefix: string) {
    this.#clock = clock;
    this.#idPrefix = idPrefix;
    this.#moment = { time: clock.now(), idPrefix };
    this.#forget = () => {
      this.#forgets = false;
      this.#left = 0;
      this.turn++;
      for (const callback of this.#atPause.splice(0)) callback();
    };
  }

  /** Calls back once, when the code that runs now has ended. */
  atPause(callback: () => void): void {
    this.#atPause.push(callback);
    this.#forgetLater();
  }

  /** What it said last. */
  get last(): Moment {
    return this.#moment;
  }

  now(): Moment {
    if (this.#left === 0) return this.read();
    this.#left--;
    return this.#moment;
  }

  /** Reads the clock; others share what it says. */
  read(): Moment {
    this.#moment = { time: this.#clock.now(), idPrefix: this.#idPrefix };
    this.#left = SHARED_BY;
    this.#forgetLater();
    return this.#moment;
  }

  #forgetLater(): void {
    if (this.#forgets) return;
    this.#forgets = true;
    void NOW.then(this.#forget);
  }
}
