import type { Plugin } from "@llmspell/kernel";
import { LeastConnections, RoundRobin } from "@llmspell/resilience";
import { ConsistentHash } from "./consistent-hash.ts";
import { P2cEwma } from "./p2c-ewma.ts";
import { SmoothWeighted } from "./smooth-weighted.ts";
import { WeightedRandom } from "./weighted-random.ts";

const NAME = "@llmspell/plugin-load-balancers";

/** Provides every load balancer of the standard set. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const balancers = kernel.kinds.for("load-balancer");
    balancers.for("round_robin").tap(NAME, () => new RoundRobin());
    balancers.for("least_connections").tap(NAME, () => new LeastConnections());
    balancers.for("weighted").tap(NAME, () => new SmoothWeighted());
    balancers.for("random").tap(NAME, (_options, context) => new WeightedRandom(context));
    balancers.for("consistent_hash").tap(NAME, (options) => new ConsistentHash(options));
    balancers.for("p2c_ewma").tap(NAME, (options, context) => new P2cEwma(options, context));
  },
};

export default plugin;
