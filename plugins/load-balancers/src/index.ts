export { LeastConnections, RoundRobin } from "@llmspell/resilience";
export { ConsistentHash } from "./consistent-hash.ts";
export type { ConsistentHashOptions, PeakEwmaOptions } from "./generated/options.ts";
export { P2cEwma } from "./p2c-ewma.ts";
export { default } from "./plugin.ts";
export { SmoothWeighted } from "./smooth-weighted.ts";
export { WeightedRandom } from "./weighted-random.ts";
