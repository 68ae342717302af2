import type {} from "@llmspell/kernel";

/** An event, as far as those need it who only look on. */
export interface ObservedEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Tells of events as they come in, before they are handled: for parts that watch events and are no subscribers. */
export interface EventFeed {
  /** @param listener must not throw, and not take long: the emitter waits for it */
  observe(listener: (event: ObservedEvent) => void): Disposable;
}

declare module "@llmspell/kernel" {
  interface Services {
    eventFeed: EventFeed;
  }
}
