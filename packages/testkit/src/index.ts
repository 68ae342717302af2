export { seededRandom } from "@llmspell/kernel/random";
export { VirtualClock } from "./virtual-clock.ts";
