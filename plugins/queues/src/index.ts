export { MemoryQueue } from "@llmspell/events";
export { default } from "./plugin.ts";
