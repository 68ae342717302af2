import { defineErrors } from "@llmspell/base";

/** Every error of the scaling policies, by code. */
export const scalingErrors = defineErrors({
  LLMSPELL_E_POOL_SCALING_THRESHOLDS: {
    message: ({ down, target, up }: { down: number; target: number; up: number }) =>
      `Expected scaleDownThreshold < targetUtilization <= scaleUpThreshold, but they are ${down}, ${target} and ${up}.`,
    hint: "Put the target between the thresholds, or the pool would grow and shrink in turns.",
  },
  LLMSPELL_E_POOL_SCALING_REQUESTS: {
    message: ({ requestsPerInstance }: { requestsPerInstance: number }) =>
      `Expected requestsPerInstance above 0, but it is ${requestsPerInstance}.`,
    hint: "Say for how many requests, running and waiting, one instance is kept.",
  },
});
