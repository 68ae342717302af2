import type { ChannelStats, EventBus } from "@llmspell/events";
import { expect } from "vitest";

/** The figures of a channel, once its sums have been found to hold. */
export function statsOf(bus: EventBus, channel: string): ChannelStats {
  const stats = bus.stats().channels[channel];
  if (stats === undefined) throw new Error(`There is no channel ${channel}.`);
  const { offered, accepted, rateLimited, breakerOpen, rejected, noSubscribers, blocked } = stats;
  expect(offered).toBe(accepted + rateLimited + breakerOpen + rejected + noSubscribers + blocked);
  const { delivered, failed, shed, expired, waiting, inFlight } = stats;
  expect(accepted).toBe(delivered + failed + shed + expired + waiting + inFlight);
  return stats;
}
