import { defineErrors } from "@llmspell/base";

/** Every error of the flow controllers, by code. */
export const flowErrors = defineErrors({
  LLMSPELL_E_EVENT_FLOW_WATERMARKS: {
    message: ({ low, high }: { low: number; high: number }) =>
      `Expected lowWatermark below highWatermark, but they are ${low} and ${high}.`,
    hint: "Leave a gap between them, or the rate would rise and fall in turns.",
  },
  LLMSPELL_E_EVENT_FLOW_DELAY: {
    message: ({ targetDelay }: { targetDelay: string | number }) =>
      `Expected a targetDelay above 0, but it is ${targetDelay}.`,
    hint: "Say how long events may wait in the queue, as 1s.",
  },
});
