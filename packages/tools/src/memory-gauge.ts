import { type Log, messageOf } from "@llmspell/base";
import type { InstanceMaker } from "./instance-maker.ts";
import type { PooledInstance } from "./pooled-instance.ts";

/** Asks instances how much memory they hold, where their tool knows. */
export class MemoryGauge {
  readonly #maker: InstanceMaker;
  readonly #log: Log;

  constructor(maker: InstanceMaker, log: Log) {
    this.#maker = maker;
    this.#log = log;
  }

  /** Whether it can be asked now. */
  isPossible(instance: PooledInstance): boolean {
    // In this order: one that is still being created has no resource to ask.
    return instance.isRunning && !instance.isBeingMeasured && instance.resource.memory !== undefined;
  }

  /** @param limit milliseconds */
  async measure(instance: PooledInstance, limit: number): Promise<void> {
    instance.isBeingMeasured = true;
    const ask = async (signal: AbortSignal) => instance.resource.memory?.(signal);
    try {
      instance.memory = await this.#maker.limited(limit, "measuring its memory", ask).outcome;
    } catch (error) {
      if (this.#maker.isStopping) return;
      const details = { instance: instance.id, problem: messageOf(error) };
      this.#log.debug("The memory of an instance could not be measured.", details);
    } finally {
      instance.isBeingMeasured = false;
    }
  }
}
