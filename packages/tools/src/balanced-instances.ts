import type { LoadBalancer } from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";
import type { FreeInstances } from "./free-instances.ts";
import type { PooledInstance } from "./pooled-instance.ts";

/** Leaves the choice to a load balancer, which sees the instances oldest first: one that goes round needs an order that stays. */
export class BalancedInstances implements FreeInstances {
  readonly #pool: string;
  readonly #balancer: LoadBalancer;
  readonly #instances: PooledInstance[] = [];

  constructor(pool: string, balancer: LoadBalancer) {
    this.#pool = pool;
    this.#balancer = balancer;
  }

  pick(key: string | undefined): PooledInstance | undefined {
    const instances = this.#instances;
    if (instances.length === 0) return undefined;
    // Asked also when only one is free: a balancer that goes in turn counts every turn.
    const index = this.#balancer.pick(instances, key);
    const instance = instances[index];
    if (instance !== undefined) return instance;
    throw toolErrors.LLMSPELL_E_POOL_BALANCER({ pool: this.#pool, index, count: instances.length });
  }

  put(instance: PooledInstance): void {
    if (instance.level < 0) {
      const younger = this.#instances.findIndex(({ number }) => number > instance.number);
      this.#instances.splice(younger < 0 ? this.#instances.length : younger, 0, instance);
    }
    instance.level = instance.inFlight;
  }

  remove(instance: PooledInstance): void {
    if (instance.level < 0) return;
    this.#instances.splice(this.#instances.indexOf(instance), 1);
    instance.level = -1;
  }
}
