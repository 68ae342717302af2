import type { ChannelOptions } from "./generated/options.ts";

/**
 * How urgent an event is in its channel. `critical` is handed out at once and awaited, `high` goes ahead of the queue and
 * is awaited, `normal` is buffered and handed out in batches, `low` goes after all others.
 */
export type Priority = NonNullable<ChannelOptions["priority"]>;

/** Every priority, the most urgent first. */
export const PRIORITIES = ["critical", "high", "normal", "low"] as const satisfies readonly Priority[];

/** The place in `PRIORITIES`: 0 is the most urgent. */
export const URGENCY: Readonly<Record<Priority, number>> = { critical: 0, high: 1, normal: 2, low: 3 };

/** Whether `emit` waits until a subscriber has handled the event, and the channel hands it out without buffering. */
export function isAwaited(priority: Priority): boolean {
  return priority === "critical" || priority === "high";
}
