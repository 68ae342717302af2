import type {} from "@llmspell/kernel";
import type { BusEvent } from "./bus-event.ts";
import type { Priority } from "./priority.ts";

/**
 * Decides which events take a route. A route that says nothing takes every event.
 *
 * The bus remembers the answers about types, so `type` and `matchesType` must not depend on anything that changes, and
 * cost nothing for an event whose type has been seen; `matches` runs for each event.
 */
export interface RouteMatcher {
  /** The one event type that can match; the bus finds such a route by lookup. */
  readonly type?: string;
  /** Whether events of this type can match at all; all types can when left out. */
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
