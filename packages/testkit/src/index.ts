export { seededRandom } from "@llmspell/base";
export { VirtualClock } from "./virtual-clock.ts";
