import type { FlowController, FlowReading } from "@llmspell/events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Decisions after which a controller must have settled: 200 s. */
const ENOUGH = 2000;
/** Decisions a second, as the bus asks. */
const PER_SECOND = 10;

const shares = fc.double({ min: 0, max: 1, noNaN: true });

/** Any reading that a channel could give. */
const readings: fc.Arbitrary<FlowReading> = fc
  .record({
    pressure: fc.record({ queue: shares, busy: shares, eventLoop: shares, heap: shares }),
    capacity: fc.integer({ min: 1, max: 20_000 }),
    demand: fc.double({ min: 0, max: 10_000, noNaN: true }),
    throughput: fc.double({ min: 0, max: 10_000, noNaN: true }),
    minRate: fc.double({ min: 0.01, max: 100, noNaN: true }),
    range: fc.oneof(fc.double({ min: 0, max: 10_000, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)),
    at: fc.double({ min: 0.001, max: 1, noNaN: true }),
  })
  .map(({ pressure, capacity, demand, throughput, minRate, range, at }) => ({
    ...pressure,
    ...{ now: 0, waiting: Math.round(pressure.queue * capacity), demand, throughput },
    ...{ minRate, maxRate: minRate + range, rate: minRate + at * range },
  }));

/**
 * The rules that every flow controller keeps, whatever it steers by.
 *
 * @param name how the controller is called in YAML
 * @param create makes a controller with default options
 */
export function describeFlowController(name: string, create: () => FlowController): void {
  describe(`flow controller ${name}`, () => {
    it("wants a rate within the bounds, other than the present one, and says why", () => {
      const controller = create();
      fc.assert(
        fc.property(readings, (reading) => {
          const decision = controller.adjust(reading);
          if (decision === undefined) return;
          expect(decision.rate).toBeGreaterThanOrEqual(reading.minRate);
          expect(decision.rate).toBeLessThanOrEqual(reading.maxRate);
          expect(decision.rate).not.toBe(reading.rate);
          expect(decision.reason).not.toBe("");
        }),
      );
    });

    it("is pure: the same reading gives the same decision, whatever came between", () => {
      const controller = create();
      fc.assert(
        fc.property(readings, readings, (reading, other) => {
          const first = controller.adjust(reading);
          controller.adjust(other);
          expect(controller.adjust(reading)).toEqual(first);
        }),
      );
    });

    it("is monotone: more pressure never gives a higher rate", () => {
      const controller = create();
      fc.assert(
        fc.property(readings, readings, (reading, { queue, busy, eventLoop, heap, waiting }) => {
          const worse: FlowReading = {
            ...reading,
            ...{ queue: Math.max(queue, reading.queue), busy: Math.max(busy, reading.busy) },
            ...{ eventLoop: Math.max(eventLoop, reading.eventLoop), heap: Math.max(heap, reading.heap) },
            waiting: Math.max(waiting, reading.waiting),
          };
          expect(rateAfter(controller, worse)).toBeLessThanOrEqual(rateAfter(controller, reading));
        }),
      );
    });

    it("does not swing at a constant pressure: the rate goes one way, and comes to rest", () => {
      const controller = create();
      fc.assert(
        fc.property(readings, (reading) => {
          const rates = ratesAt(controller, reading);
          const rises = rates.some((rate, index) => rate > (rates[index - 1] ?? rate));
          const falls = rates.some((rate, index) => rate < (rates[index - 1] ?? rate));
          expect(rises && falls).toBe(false);
          if (falls) expect(rates.at(-1)).toBeCloseTo(rates.at(-2) ?? 0, 6);
        }),
        { numRuns: 50 },
      );
    });

    it("lowers an unlimited rate when everything is overloaded, and raises it to the full one when all is calm", () => {
      const controller = create();
      const bounds = { now: 0, minRate: 1, maxRate: Number.POSITIVE_INFINITY };
      const full = { queue: 1, busy: 1, eventLoop: 1, heap: 1, waiting: 1000 };
      const lowered = ratesAt(controller, { ...bounds, ...full, rate: bounds.maxRate, demand: 5000, throughput: 100 });
      expect(lowered.at(1)).toBeLessThan(5000);
      expect(lowered.at(-1)).toBeLessThan(100);
      const calm = { queue: 0, busy: 0, eventLoop: 0, heap: 0, waiting: 0 };
      const raised = ratesAt(controller, { ...bounds, ...calm, rate: bounds.minRate, demand: 50, throughput: 50 });
      expect(raised.at(-1)).toBe(bounds.maxRate);
    });

    it("keeps a channel that is overloaded 50 times from filling up, keeps its subscribers busy, and lets go afterwards", () => {
      const channel = new SimulatedChannel(create());
      channel.run(30, 5000);
      const handled = channel.handled;
      channel.peak = 0;
      channel.run(30, 5000);
      expect(channel.peak).toBeLessThan(SimulatedChannel.CAPACITY);
      expect(channel.handled - handled).toBeGreaterThan(0.9 * 30 * SimulatedChannel.HANDLED_PER_SECOND);
      channel.run(60, 50);
      expect(channel.rate).toBe(Number.POSITIVE_INFINITY);
      expect(channel.waiting).toBeLessThan(SimulatedChannel.HANDLED_PER_SECOND);
    });
  });
}

/** A channel in which events are amounts, and time goes in steps of a decision each. */
class SimulatedChannel {
  static readonly CAPACITY = 1000;
  static readonly HANDLED_PER_SECOND = 100;
  rate = Number.POSITIVE_INFINITY;
  waiting = 0;
  handled = 0;
  /** The most that waited at a time. */
  peak = 0;
  readonly #controller: FlowController;
  readonly #throughput: number[] = [];
  #now = 0;

  constructor(controller: FlowController) {
    this.#controller = controller;
  }

  /** Has so many events a second ask to come in, for a time in seconds. */
  run(duration: number, demand: number): void {
    for (let step = 0; step < duration * PER_SECOND; step++) this.#step(demand);
  }

  #step(demand: number): void {
    const { CAPACITY, HANDLED_PER_SECOND } = SimulatedChannel;
    const room = CAPACITY - this.waiting;
    this.waiting += Math.min(room, Math.min(this.rate, demand) / PER_SECOND);
    this.peak = Math.max(this.peak, this.waiting);
    const handled = Math.min(this.waiting, HANDLED_PER_SECOND / PER_SECOND);
    this.waiting -= handled;
    this.handled += handled;
    this.#throughput.push(handled);
    this.#now += 1000 / PER_SECOND;
    const reading: FlowReading = {
      ...{ now: this.#now, demand, rate: this.rate, minRate: 1, maxRate: Number.POSITIVE_INFINITY },
      ...{ queue: this.waiting / CAPACITY, waiting: Math.round(this.waiting), eventLoop: 0, heap: 0.2 },
      busy: (handled * PER_SECOND) / HANDLED_PER_SECOND,
      throughput: this.#throughput.slice(-PER_SECOND).reduce((sum, amount) => sum + amount, 0),
    };
    this.rate = rateAfter(this.#controller, reading);
  }
}

/** The rates of a channel that follows the controller, while all else stays as it is. */
function ratesAt(controller: FlowController, reading: FlowReading): number[] {
  const rates = [reading.rate];
  for (let decision = 0; decision < ENOUGH; decision++) {
    rates.push(rateAfter(controller, { ...reading, rate: rates.at(-1) ?? reading.rate }));
  }
  return rates;
}

function rateAfter(controller: FlowController, reading: FlowReading): number {
  return controller.adjust(reading)?.rate ?? reading.rate;
}
