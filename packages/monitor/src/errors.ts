import { defineErrors } from "@llmspell/base";

export const monitorErrors = defineErrors({
  LLMSPELL_E_MONITOR_INTERVAL: {
    message: ({ interval, least }: { interval: number; least: number }) =>
      `Expected a monitor interval of at least ${least} ms, found ${interval} ms.`,
    hint: "Sampling more often costs more than it shows; the default is 100ms.",
  },
  LLMSPELL_E_MONITOR_HISTORY: {
    message: ({ history }: { history: number }) =>
      `Expected a monitor history of at least 2 whole samples, found ${history}.`,
    hint: "A rate is the difference between two samples.",
  },
});
