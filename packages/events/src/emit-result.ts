/** `publish`: no route matched the event. */
export const UNROUTED = -1;
/** `publish`: routes matched, but nobody is subscribed to their channels. */
export const NO_SUBSCRIBERS = -2;
/** `publish`: every channel refused; the first one because of its rate limit, or because it is slowed down. */
export const RATE_LIMITED = -3;
/** `publish`: every channel refused; the first one because its circuit breaker is open. */
export const BREAKER_OPEN = -4;
/** `publish`: every channel refused; the first one because its queue is full, or it has been closed. */
export const REJECTED = -5;

/** Why an event did not get into a channel. */
export type Refusal = typeof NO_SUBSCRIBERS | typeof RATE_LIMITED | typeof BREAKER_OPEN | typeof REJECTED;

/**
 * What happened to an event in one channel.
 *
 * | outcome | means |
 * |---|---|
 * | delivered | handled by a subscriber of every group (critical and high events only: they are awaited) |
 * | queued | accepted; it waits to be handed out |
 * | failed | accepted and awaited, but a subscriber failed at every attempt; dead-lettered where the channel says so |
 * | shed | accepted and awaited, then dropped to make room for a later one, or because the bus stopped |
 * | expired | accepted and awaited, but its time to live was over when its turn came |
 * | rate_limited | refused: more than the channel's rate and burst, or than it takes while it is slowed down |
 * | breaker_open | refused: the channel's circuit breaker is open |
 * | rejected | refused: the queue is full, could not keep it, is closed, or not open yet; or waiting for room was aborted |
 * | no_subscribers | refused: nobody is subscribed (any more, where it waited for room), and the queue is not durable |
 */
export type RouteOutcome =
  | "delivered"
  | "queued"
  | "failed"
  | "shed"
  | "expired"
  | "rate_limited"
  | "breaker_open"
  | "rejected"
  | "no_subscribers";

/** What became of an event in one channel. */
export interface RouteResult {
  readonly channel: string;
  readonly outcome: RouteOutcome;
  /** What went wrong, with `failed`, and with `rejected` where there is more to say than that the queue is full. */
  readonly error?: unknown;
}

/** What became of an event as a whole: exactly one of these is counted for each. */
export type EmitOutcome =
  /** At least one channel accepted it. */
  | "routed"
  /** No route matched. */
  | "unrouted"
  /** Routes matched, but none of their channels has a subscriber. */
  | "no_subscribers"
  /** Every channel refused it. */
  | "refused";

/** What became of an event, as a whole and in each channel. */
export interface EmitResult {
  readonly sequence: number;
  readonly outcome: EmitOutcome;
  /** One for each channel that a route named; empty when unrouted. */
  readonly routes: readonly RouteResult[];
}

const OUTCOME_OF_REFUSAL: Readonly<Record<Refusal, RouteOutcome>> = {
  [NO_SUBSCRIBERS]: "no_subscribers",
  [RATE_LIMITED]: "rate_limited",
  [BREAKER_OPEN]: "breaker_open",
  [REJECTED]: "rejected",
};

export function outcomeOfRefusal(refusal: Refusal): RouteOutcome {
  return OUTCOME_OF_REFUSAL[refusal];
}

const ACCEPTED_OUTCOMES: ReadonlySet<RouteOutcome> = new Set(["delivered", "queued", "failed", "shed", "expired"]);

/** What the outcomes in its channels mean for the event as a whole. */
export function emitOutcomeOf(routes: readonly RouteResult[]): EmitOutcome {
  if (routes.length === 0) return "unrouted";
  if (routes.some((route) => ACCEPTED_OUTCOMES.has(route.outcome))) return "routed";
  return routes.every((route) => route.outcome === "no_subscribers") ? "no_subscribers" : "refused";
}
