import { type Clock, type Log, messageOf } from "@llmspell/base";
import type { InstanceMaker } from "./instance-maker.ts";
import type { PooledInstance } from "./pooled-instance.ts";

export interface InstanceChecksOptions {
  /** How long an instance may be idle and still be lent unchecked; milliseconds. */
  readonly validateOnBorrow: number;
  readonly maker: InstanceMaker;
  readonly clock: Clock;
  readonly log: Log;
  /** An instance has failed its check. */
  onFailed(instance: PooledInstance): void;
}

/** Asks instances whether they are well, where their tool knows how. */
export class InstanceChecks {
  readonly #options: InstanceChecksOptions;

  constructor(options: InstanceChecksOptions) {
    this.#options = options;
  }

  /** Whether instances that were idle for long are checked before they are lent. */
  get isOnBorrow(): boolean {
    return this.#options.validateOnBorrow < Number.POSITIVE_INFINITY;
  }

  /** Whether it must be checked before it is lent. */
  isDue({ idleSince, checkedAt, inFlight, resource }: PooledInstance, now: number): boolean {
    if (!this.isOnBorrow || inFlight > 0 || resource.check === undefined) return false;
    return now - Math.max(idleSince, checkedAt) > this.#options.validateOnBorrow;
  }

  /** Whether it can be checked beside its calls. */
  isPossible(instance: PooledInstance): boolean {
    // In this order: one that is still being created has no resource to ask.
    return instance.isRunning && !instance.isBeingChecked && instance.resource.check !== undefined;
  }

  /** @param limit milliseconds */
  async check(instance: PooledInstance, limit: number): Promise<void> {
    const { maker, clock, log, onFailed } = this.#options;
    instance.isBeingChecked = true;
    try {
      await maker.limited(limit, "its health check", async (signal) => instance.resource.check?.(signal)).outcome;
      instance.checkedAt = clock.now();
    } catch (error) {
      if (maker.isStopping) return;
      log.warn("An instance failed its health check.", { instance: instance.id, problem: messageOf(error) });
      onFailed(instance);
    } finally {
      instance.isBeingChecked = false;
    }
  }
}
