export { LeastConnections, RoundRobin } from "@llmspell/resilience";
export { default } from "./plugin.ts";
export { WeightedRandom } from "./weighted-random.ts";
