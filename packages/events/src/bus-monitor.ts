import { getHeapStatistics } from "node:v8";
import { type Clock, type Log, messageOf, parseDuration, type Timer } from "@llmspell/base";
import type { Channel } from "./channel.ts";
import type { FlowSettings } from "./flow-settings.ts";
import { type FlowChange, FlowSteering, type SharedPressure } from "./flow-steering.ts";
import { type BackpressureOptions, backpressureOptionsDefaults } from "./generated/options.ts";
import { PerformanceReport, type PerformanceStats } from "./performance-report.ts";
import type { PressureLevel, PressureThresholds } from "./pressure-valve.ts";

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
/** How often `performance_stats` comes; milliseconds. */
const REPORT_INTERVAL = 1000;

/** What is refused at each level, in words. */
const REFUSED = { sheds_low: "low", sheds_normal: "low and normal" };

/** Looks at the channels every 100 ms, while there is somebody to tell or something to steer: no event pays for it. */
export class BusMonitor {
  readonly #context: BusMonitorContext;
  readonly #options: PressureThresholds | undefined;
  readonly #flow: FlowSteering | undefined;
  readonly #maxEventLoopDelay: number;
  readonly #heapUse: () => number;
  readonly #performance = new PerformanceReport();
  #statsListeners: readonly Listener<"performance_stats">[] = [];
  #pressureListeners: readonly Listener<"backpressure">[] = [];
  #timer: Timer | undefined;
  #tickDue = 0;
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
    if (name === "performance_stats") this.#listenToStats(listener);
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

  #listenToStats(listener: Listener<"performance_stats">): void {
    if (this.#statsListeners.length === 0) this.#performance.begin(this.#context.clock.now(), this.#context.channels());
    this.#statsListeners = [...this.#statsListeners, listener];
  }

  #start(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    const { clock, channels } = this.#context;
    this.#tickDue = clock.now() + TICK;
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
    // Ticks come a little early or late; a report is due at that which is nearest to its second.
    const isDue = now - this.#performance.since >= REPORT_INTERVAL - TICK / 2;
    if (isDue && this.#statsListeners.length > 0) this.#report(now);
  }

  #steer(options: PressureThresholds, now: number, shared: SharedPressure): void {
    for (const channel of this.#context.channels()) {
      // What is decided here holds from the next event on.
      channel.closeLanes();
      const pressure = Math.max(shared.eventLoop, shared.heap, channel.fullness);
      const { valve, name } = channel;
      if (valve.update(pressure, options)) {
        this.#logLevel(name, valve.level, pressure);
        this.#tellPressure({ channel: name, level: valve.level, pressure });
      }
      const flow = this.#flow?.steer(channel, now, shared);
      if (flow !== undefined) this.#tellPressure({ channel: name, level: valve.level, pressure, flow });
    }
  }

  #logLevel(channel: string, level: PressureLevel, pressure: number): void {
    const { log } = this.#context;
    if (level === "open") log.info(`Channel ${channel} refuses nothing for pressure any more.`, { pressure });
    else log.warn(`Channel ${channel} refuses ${REFUSED[level]} events: pressure ${Math.round(100 * pressure)} %.`);
  }

  #tellPressure(change: BackpressureChange): void {
    for (const listener of this.#pressureListeners) this.#tell(listener, change);
  }

  #report(now: number): void {
    const stats = this.#performance.read(now, this.#context.channels());
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

function heapUse(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}
