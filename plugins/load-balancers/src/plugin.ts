import type { Plugin } from "@llmspell/kernel";
import { LeastConnections, RoundRobin } from "@llmspell/resilience";
import { WeightedRandom } from "./weighted-random.ts";

const NAME = "@llmspell/plugin-load-balancers";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const balancers = kernel.kinds.for("load-balancer");
    balancers.for("round_robin").tap(NAME, () => new RoundRobin());
    balancers.for("least_connections").tap(NAME, () => new LeastConnections());
    balancers.for("random").tap(NAME, (_options, { random }) => new WeightedRandom({ random }));
  },
};

export default plugin;
