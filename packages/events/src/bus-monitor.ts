import { getHeapStatistics } from "node:v8";
import { type Clock, type Log, messageOf, parseDuration, type Timer } from "@llmspell/base";
import type { BreakerState } from "@llmspell/resilience";
import type { Channel } from "./channel.ts";
import type { FlowSettings } from "./flow-settings.ts";
import { type FlowChange, FlowSteering, limitOf, type SharedPressure } from "./flow-steering.ts";
import { type BackpressureOptions, backpressureOptionsDefaults } from "./generated/options.ts";
import type { PressureLevel, PressureThresholds } from "./pressure-valve.ts";

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

/**
 * What a listener of `backpressure` gets, when a channel begins or ceases to refuse events for pressure, and whenever the flow
 * controller has changed the rate at which it takes them.
 */
export interface BackpressureChange {
  readonly channel: string;
  readonly level: PressureLevel;
  readonly pressure: number;
  /** What the flow controller did; left out when it is the level that has changed. */
  readonly flow?: FlowChange | undefined;
}

/** What can be listened to on the bus. */
export interface BusMonitorEvents {
  readonly performance_stats: PerformanceStats;
  readonly backpressure: BackpressureChange;
}

type Listener<Name extends keyof BusMonitorEvents> = (event: BusMonitorEvents[Name]) => void;

/** What the monitor of a bus works with. */
export interface BusMonitorContext {
  readonly clock: Clock;
  readonly log: Log;
  /** The share of the heap that is in use, from 0 to 1; V8's when left out. */
  readonly heapUse?: (() => number) | undefined;
  /** Left out when nothing is to be slowed down. */
  readonly flow?: FlowSettings | undefined;
  channels(): readonly Channel[];
}

const TICK = 100;
const TICKS_PER_SECOND = 10;

/** Looks at the channels every 100 ms, while there is somebody to tell or something to steer: no event pays for it. */
export class BusMonitor {
  readonly #context: BusMonitorContext;
  readonly #options: PressureThresholds | undefined;
  readonly #flow: FlowSteering | undefined;
  readonly #maxEventLoopDelay: number;
  readonly #heapUse: () => number;
  readonly #handledBefore = new Map<Channel, number>();
  #statsListeners: readonly Listener<"performance_stats">[] = [];
  #pressureListeners: readonly Listener<"backpressure">[] = [];
  #timer: Timer | undefined;
  #tickDue = 0;
  #ticks = 0;
  #isStopped = false;

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: BackpressureOptions | undefined, context: BusMonitorContext) {
    this.#context = context;
    this.#heapUse = context.heapUse ?? heapUse;
    const settings = { ...backpressureOptionsDefaults, ...options };
    this.#flow = context.flow === undefined ? undefined : new FlowSteering(context.flow, context.log);
    this.#options = options === undefined ? undefined : settings;
    this.#maxEventLoopDelay = Math.max(1, parseDuration(settings.maxEventLoopDelay));
    if (options !== undefined) this.#start();
  }

  on<Name extends keyof BusMonitorEvents>(name: Name, listener: Listener<Name>): Disposable;
  on(name: keyof BusMonitorEvents, listener: Listener<"performance_stats"> & Listener<"backpressure">): Disposable {
    if (name === "performance_stats") this.#statsListeners = [...this.#statsListeners, listener];
    else this.#pressureListeners = [...this.#pressureListeners, listener];
    this.#start();
    return {
      [Symbol.dispose]: () => {
        this.#statsListeners = this.#statsListeners.filter((other) => other !== listener);
        this.#pressureListeners = this.#pressureListeners.filter((other) => other !== listener);
        if (this.#options === undefined && this.#statsListeners.length === 0) this.#pause();
      },
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#pause();
  }

  #start(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    const { clock, channels } = this.#context;
    this.#tickDue = clock.now() + TICK;
    this.#ticks = 0;
    for (const channel of channels()) this.#handledBefore.set(channel, channel.handled);
    this.#flow?.start(channels(), clock.now());
    this.#timer = clock.setInterval(() => this.#tick(), TICK).unref();
  }

  #pause(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(): void {
    const now = this.#context.clock.now();
    const delay = Math.max(0, now - this.#tickDue);
    this.#tickDue = now + TICK;
    if (this.#options !== undefined) {
      const eventLoop = Math.min(1, delay / this.#maxEventLoopDelay);
      this.#steer(this.#options, now, { eventLoop, heap: Math.min(1, this.#heapUse()) });
    }
    this.#ticks++;
    if (this.#ticks % TICKS_PER_SECOND === 0 && this.#statsListeners.length > 0) this.#report();
  }

  #steer(options: PressureThresholds, now: number, shared: SharedPressure): void {
    for (const channel of this.#context.channels()) {
      // What is decided here holds from the next event on.
      channel.closeLanes();
      const pressure = Math.max(shared.eventLoop, shared.heap, channel.fullness);
      const { valve, name } = channel;
      if (valve.update(pressure, options)) {
        this.#context.log.warn(`Channel ${name} is under pressure: ${valve.level}.`, { pressure });
        this.#tellPressure({ channel: name, level: valve.level, pressure });
      }
      const flow = this.#flow?.steer(channel, now, shared);
      if (flow !== undefined) this.#tellPressure({ channel: name, level: valve.level, pressure, flow });
    }
  }

  #tellPressure(change: BackpressureChange): void {
    for (const listener of this.#pressureListeners) this.#tell(listener, change);
  }

  #report(): void {
    const channels: Record<string, ChannelPerformance> = {};
    const circuitBreakerStatus: Record<string, BreakerState> = {};
    Object.defineProperty(circuitBreakerStatus, "toString", { value: statesAsText });
    let eventsPerSecond = 0;
    let queueDepth = 0;
    for (const channel of this.#context.channels()) {
      const { name, handled, waiting, breakerState, valve, gate } = channel;
      const handledNow = handled - (this.#handledBefore.get(channel) ?? 0);
      this.#handledBefore.set(channel, handled);
      const { pressure } = valve;
      channels[name] = { eventsPerSecond: handledNow, queueDepth: waiting, pressure, rate: limitOf(gate.rate) };
      if (breakerState !== undefined) circuitBreakerStatus[name] = breakerState;
      eventsPerSecond += handledNow;
      queueDepth += waiting;
    }
    const stats = { eventsPerSecond, queueDepth, circuitBreakerStatus, channels };
    for (const listener of this.#statsListeners) this.#tell(listener, stats);
  }

  #tell<Event>(listener: (event: Event) => void, event: Event): void {
    try {
      listener(event);
    } catch (error) {
      this.#context.log.error(`A listener of the event bus failed: ${messageOf(error)}`);
    }
  }
}

function statesAsText(this: Readonly<Record<string, BreakerState>>): string {
  return Object.entries(this)
    .map(([channel, state]) => `${channel}: ${state}`)
    .join(", ");
}

function heapUse(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}
