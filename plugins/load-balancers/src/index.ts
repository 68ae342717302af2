export { RoundRobin } from "@llmspell/resilience";
export { LeastConnections } from "./least-connections.ts";
export { default } from "./plugin.ts";
export { WeightedRandom } from "./weighted-random.ts";
