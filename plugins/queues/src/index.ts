export { MemoryQueue } from "@llmspell/events";
export { queueErrors } from "./errors.ts";
export type { SqliteQueueOptions } from "./generated/options.ts";
export { default } from "./plugin.ts";
export { SqliteQueue, type SqliteQueueDependencies } from "./sqlite-queue.ts";
