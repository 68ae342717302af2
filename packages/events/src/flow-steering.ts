import { type Log, messageOf } from "@llmspell/base";
import type { Channel } from "./channel.ts";
import type { FlowDecision, FlowReading } from "./flow-controller.ts";
import type { FlowSettings } from "./flow-settings.ts";
import { FlowWindow } from "./flow-window.ts";

/** What a flow controller has done to the rate at which a channel takes normal and low events. */
export interface FlowChange {
  /** Events a second; `undefined` when there was no limit. */
  readonly before: number | undefined;
  /** Events a second; `undefined` when there is no limit any more. */
  readonly after: number | undefined;
  /** In the controller's words. */
  readonly reason: string;
}

/** The pressure that all channels share; from 0 to 1. */
export interface SharedPressure {
  readonly eventLoop: number;
  readonly heap: number;
}

/** Asks the flow controller about each channel, and has the channel's gate keep the rate that it answers. */
export class FlowSteering {
  readonly #settings: FlowSettings;
  readonly #log: Log;
  readonly #windows = new WeakMap<Channel, FlowWindow>();
  /** Channels about which the controller failed the last time. */
  readonly #failing = new WeakSet<Channel>();

  constructor(settings: FlowSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Begins to count; what happened before is not of late. */
  start(channels: readonly Channel[], now: number): void {
    for (const channel of channels) this.#windowOf(channel, now);
  }

  /** Adjusts the channel's rate; what changed, if anything did. */
  steer(channel: Channel, now: number, shared: SharedPressure): FlowChange | undefined {
    const { gate } = channel;
    const { minRate, maxRate } = this.#settings;
    const window = this.#windowOf(channel, now);
    const decision = this.#decide(channel, {
      ...{ now, minRate, maxRate, rate: gate.rate },
      ...{ queue: channel.fullness, busy: window.busy, eventLoop: shared.eventLoop, heap: shared.heap },
      waiting: channel.waiting,
      demand: window.demand + gate.waiting,
      throughput: window.throughput,
    });
    if (decision === undefined) return undefined;
    const before = gate.rate;
    const after = Math.min(maxRate, Math.max(minRate, decision.rate));
    if (after === before) return undefined;
    gate.setRate(after);
    this.#tell(channel.name, before, after, decision.reason);
    return { before: limitOf(before), after: limitOf(after), reason: decision.reason };
  }

  #windowOf(channel: Channel, now: number): FlowWindow {
    const known = this.#windows.get(channel);
    const window = known ?? new FlowWindow();
    if (known === undefined) this.#windows.set(channel, window);
    window.read(now, channel.offered, channel.finished, channel.isBusy);
    return window;
  }

  /** A controller that fails changes nothing; that is logged when it begins, not at every reading. */
  #decide(channel: Channel, reading: FlowReading): FlowDecision | undefined {
    let problem: string;
    try {
      const decision = this.#settings.controller.adjust(reading);
      if (decision === undefined || decision.rate >= 0) {
        this.#failing.delete(channel);
        return decision;
      }
      problem = `expected a rate of at least 0, got ${decision.rate}`;
    } catch (error) {
      problem = messageOf(error);
    }
    if (!this.#failing.has(channel)) {
      this.#log.error(`The flow controller failed, and channel ${channel.name} keeps its rate: ${problem}`);
    }
    this.#failing.add(channel);
    return undefined;
  }

  /** The first step down and the last one up are news; those between are told to listeners only. */
  #tell(channel: string, before: number, after: number, reason: string): void {
    const { maxRate } = this.#settings;
    if (before === maxRate) this.#log.warn(`Channel ${channel} slows down what comes in: ${reason}.`, { rate: after });
    else if (after === maxRate) this.#log.info(`Channel ${channel} slows down nothing any more: ${reason}.`);
  }
}

/** A rate as it is shown; `undefined` for no limit. */
export function limitOf(rate: number): number | undefined {
  return rate === Number.POSITIVE_INFINITY ? undefined : rate;
}
