import { type Log, messageOf } from "@llmspell/base";
import type { BusEvent } from "./bus-event.ts";

/** What an observer sees of an event. */
export interface ObservedEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Is told of each event that is emitted and accepted by at least one channel, before anybody handles it. Must be quick. */
export type EmissionObserver = (event: ObservedEvent) => void;

/** Is told of each event that its channel accepts. */
export type AcceptanceListener = (event: BusEvent) => void;

/** Those who watch what is emitted; without any, channels need not tell. */
export class EmissionObservers {
  readonly #log: Log;
  #observers: readonly EmissionObserver[] = [];
  #listeners: readonly { readonly channel: string; readonly listener: AcceptanceListener }[] = [];
  /** Events that a first channel has accepted. */
  readonly #told = new WeakSet<BusEvent>();

  constructor(log: Log) {
    this.#log = log;
  }

  get areThere(): boolean {
    return this.#observers.length > 0 || this.#listeners.length > 0;
  }

  /** Watches one channel: also dead letters, and what others have accepted before. */
  listenAt(channel: string, listener: AcceptanceListener): Disposable {
    const own = { channel, listener };
    this.#listeners = [...this.#listeners, own];
    return {
      [Symbol.dispose]: () => {
        this.#listeners = this.#listeners.filter((other) => other !== own);
      },
    };
  }

  add(observer: EmissionObserver): Disposable {
    // Made anew for each, so that the same function can observe twice.
    const own: EmissionObserver = (event) => observer(event);
    this.#observers = [...this.#observers, own];
    return {
      [Symbol.dispose]: () => {
        this.#observers = this.#observers.filter((other) => other !== own);
      },
    };
  }

  /** To be called when a channel accepts an event; to observers, dead letters are nothing new. */
  accepted(event: BusEvent, channel: string): void {
    for (const { channel: watched, listener } of this.#listeners) if (watched === channel) listener(event);
    if (event.deadLetter !== undefined || this.#told.has(event)) return;
    this.#told.add(event);
    for (const observer of this.#observers) {
      try {
        observer(event);
      } catch (error) {
        this.#log.error(`An observer of the event bus failed: ${messageOf(error)}`, { type: event.type });
      }
    }
  }
}
