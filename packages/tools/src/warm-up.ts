import type { ToolContext, ToolInstance } from "./tool.ts";

/** Something that is done on each new instance before it is lent to its first caller. */
export interface WarmUp {
  /** Resolves when the instance is warm in this respect; throws when it could not be done, and the pool may try again. */
  run(instance: ToolInstance, context: ToolContext): Promise<void>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "warm-up": WarmUp;
  }
}
