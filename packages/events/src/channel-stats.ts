import type { CircuitBreaker } from "@llmspell/resilience";
import type { Admission } from "./admission.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { EntryLane } from "./entry-lane.ts";
import type { FlowGate } from "./flow-gate.ts";
import { limitOf } from "./flow-steering.ts";
import { OrderedQueue } from "./ordered-queue.ts";
import type { PressureValve } from "./pressure-valve.ts";
import type { Queue } from "./queue.ts";
import type { QueueGuard } from "./queue-guard.ts";
import type { ChannelStats } from "./stats.ts";
import type { SubscriberPool } from "./subscriber-pool.ts";

/** The parts of a channel that count. */
export interface CountingParts {
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly entry: EntryLane | undefined;
  readonly queue: Queue;
  readonly guard: QueueGuard;
  readonly deadLetters: DeadLetters;
  readonly subscribers: SubscriberPool;
  readonly breaker: CircuitBreaker | undefined;
  readonly valve: PressureValve;
  readonly gate: FlowGate;
}

/** What the parts of a channel have counted, put together; its lanes must be closed. */
export function channelStatsOf(parts: CountingParts): ChannelStats {
  const { dispatcher, queue, deadLetters, breaker, valve, gate } = parts;
  const { lane, row } = dispatcher;
  const { offered, accepted, rateLimited, breakerOpen, rejected, noSubscribers, blocked } = parts.admission;
  const { delivered, failed, shed, expired, inFlight, retries, durations } = dispatcher;
  const { size: waiting, durable, redelivered = 0 } = queue;
  const entered = lane.entered + (parts.entry?.entered ?? 0);
  const underWay = inFlight + lane.entered - lane.handled + row.entered - row.handled;
  return {
    offered: offered + entered + redelivered,
    accepted: accepted + entered + redelivered,
    ...{ rateLimited, breakerOpen, rejected, noSubscribers, blocked },
    delivered: delivered + lane.handled + row.handled,
    ...{ failed, shed, expired, waiting, redelivered, retries },
    heldBack: queue instanceof OrderedQueue ? queue.heldBack : 0,
    inFlight: underWay,
    kept: durable ? waiting + underWay : 0,
    deadLettered: deadLetters.accepted,
    deadLettersRefused: deadLetters.refused,
    expiredDeadLettered: deadLetters.expiredAccepted,
    expiredDeadLettersRefused: deadLetters.expiredRefused,
    queueErrors: parts.guard.errors,
    subscribers: parts.subscribers.count,
    ejected: parts.subscribers.ejected,
    breaker: breaker?.state,
    pressure: valve.level,
    refusedForPressure: valve.refused,
    rate: limitOf(gate.rate),
    delayed: gate.delayed,
    refusedForRate: gate.refused,
    duration: durations.summary(),
  };
}
