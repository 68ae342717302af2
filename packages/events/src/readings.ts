import type { Reading } from "@llmspell/base";
import type { ChannelStats, EventBusStats } from "./stats.ts";

/** The bus's figures as the monitor and the summary of a run read them: one for the bus, one for each channel. */
export function readingsOf({ channels, ...bus }: EventBusStats): Reading[] {
  const whole: Reading = {
    part: "bus",
    name: "events",
    in: bus.emitted,
    out: bus.routed,
    shed: bus.unrouted + bus.noSubscribers + bus.refused,
    failed: 0,
    pending: bus.emitting,
    details: {
      unrouted: bus.unrouted,
      noSubscribers: bus.noSubscribers,
      refused: bus.refused,
      predicateErrors: bus.predicateErrors,
    },
  };
  return [whole, ...Object.entries(channels).map(([name, stats]) => channelReading(name, stats))];
}

function channelReading(name: string, stats: ChannelStats): Reading {
  return {
    part: "channel",
    name,
    in: stats.offered,
    out: stats.delivered,
    shed: stats.shed + stats.expired + stats.rateLimited + stats.breakerOpen + stats.rejected + stats.noSubscribers,
    failed: stats.failed,
    pending: stats.waiting + stats.inFlight + stats.blocked,
    duration: stats.duration,
    details: {
      queueDepth: stats.waiting,
      heldBack: stats.heldBack,
      inFlight: stats.inFlight,
      kept: stats.kept,
      redelivered: stats.redelivered,
      blocked: stats.blocked,
      rateLimited: stats.rateLimited,
      breakerOpen: stats.breakerOpen,
      rejected: stats.rejected,
      refusedForPressure: stats.refusedForPressure,
      ...(stats.rate === undefined ? {} : { rate: stats.rate }),
      delayed: stats.delayed,
      refusedForRate: stats.refusedForRate,
      noSubscribers: stats.noSubscribers,
      expired: stats.expired,
      retries: stats.retries,
      deadLettered: stats.deadLettered,
      deadLettersRefused: stats.deadLettersRefused,
      expiredDeadLettered: stats.expiredDeadLettered,
      expiredDeadLettersRefused: stats.expiredDeadLettersRefused,
      queueErrors: stats.queueErrors,
      subscribers: stats.subscribers,
      ejected: stats.ejected,
    },
  };
}
