import { defineErrors } from "@llmspell/base";

interface Range {
  readonly option: string;
  readonly given: string | number;
  /** Milliseconds. */
  readonly shortest: number;
  /** Milliseconds. */
  readonly longest: number;
}

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
  LLMSPELL_E_POOL_SCALING_WINDOW: {
    message: ({ option, given, shortest, longest }: Range) =>
      `Expected ${option} from ${shortest / 1000} s to ${longest / 1000} s, but it is ${given}.`,
    hint: "A shorter time shows no pattern; a longer one takes too long to look through at each decision.",
  },
});
