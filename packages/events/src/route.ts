import type {} from "@llmspell/kernel";
import type { BusEvent } from "./bus-event.ts";
import type { Priority } from "./priority.ts";

/**
 * Decides which events take a route. A route that says nothing takes every event.
 *
 * The bus remembers the answers about types, so `type`, `prefix`, `suffix` and `matchesType` must not depend on anything that
 * changes, and cost nothing for an event whose type has been seen; `matches` runs for each event. An event must pass all of
 * those that are there.
 */
export interface RouteMatcher {
  /** The one event type that can match; the bus finds such a route by lookup. */
  readonly type?: string | undefined;
  /** What every matching type begins with; the bus finds such a route by lookup, however many there are. */
  readonly prefix?: string | undefined;
  /** What every matching type ends with; likewise. */
  readonly suffix?: string | undefined;
  /** Whether events of this type can match at all. Asked only about types that have the prefix and the suffix. */
  matchesType?(type: string): boolean;
  /** Whether this event, whose type matches, takes the route. One that throws means no, and is counted. */
  matches?(event: BusEvent): boolean;
}

/** A matcher, and where its events go. */
export interface Route {
  readonly matcher: RouteMatcher;
  readonly channel: string;
  /** The priority of these events in the channel; the channel's own when left out. */
  readonly priority?: Priority | undefined;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    route: RouteMatcher;
  }
}
