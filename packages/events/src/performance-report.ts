import type { BreakerState } from "@llmspell/resilience";
import type { Channel } from "./channel.ts";
import { limitOf } from "./flow-steering.ts";

/** What a listener of `performance_stats` gets, once a second. */
export interface PerformanceStats {
  /** Events that were handled, in the last second. */
  readonly eventsPerSecond: number;
  /** Events that wait in all queues. */
  readonly queueDepth: number;
  /** Of the channels that have a circuit breaker. As text it reads `orders: closed, users: open`. */
  readonly circuitBreakerStatus: Readonly<Record<string, BreakerState>>;
  readonly channels: Readonly<Record<string, ChannelPerformance>>;
}

/** The same of one channel. */
export interface ChannelPerformance {
  readonly eventsPerSecond: number;
  readonly queueDepth: number;
  /** From 0 to 1, as last read; 0 where `backpressure` is not set. */
  readonly pressure: number;
  /** Normal and low events a second that may come in; `undefined` when there is no limit. */
  readonly rate: number | undefined;
}

/** Puts `performance_stats` together from what the channels count anyway. */
export class PerformanceReport {
  /** When the time began that the next report is about; milliseconds. */
  since = 0;
  readonly #handledBefore = new Map<Channel, number>();

  /** The next report is about what happens from now on. */
  begin(now: number, channels: readonly Channel[]): void {
    this.since = now;
    for (const channel of channels) this.#handledBefore.set(channel, channel.handled);
  }

  /** The report on the time since the one before, which an event loop that is late makes longer. */
  read(now: number, all: readonly Channel[]): PerformanceStats {
    const elapsed = now - this.since;
    const perSecond = (handled: number) => Math.round((handled * 1000) / elapsed);
    const channels: Record<string, ChannelPerformance> = {};
    const circuitBreakerStatus: Record<string, BreakerState> = {};
    Object.defineProperty(circuitBreakerStatus, "toString", { value: statesAsText });
    let allHandled = 0;
    let queueDepth = 0;
    for (const channel of all) {
      const { name, handled, waiting, breakerState, valve, gate } = channel;
      const handledNow = handled - (this.#handledBefore.get(channel) ?? 0);
      const { pressure } = valve;
      channels[name] = {
        eventsPerSecond: perSecond(handledNow),
        queueDepth: waiting,
        pressure,
        rate: limitOf(gate.rate),
      };
      if (breakerState !== undefined) circuitBreakerStatus[name] = breakerState;
      allHandled += handledNow;
      queueDepth += waiting;
    }
    this.begin(now, all);
    return { eventsPerSecond: perSecond(allHandled), queueDepth, circuitBreakerStatus, channels };
  }
}

function statesAsText(this: Readonly<Record<string, BreakerState>>): string {
  return Object.entries(this)
    .map(([channel, state]) => `${channel}: ${state}`)
    .join(", ");
}
