// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

/**
 * When calls that keep failing are stopped for a while.
 */
export interface CircuitBreakerOptions {
  /**
   * The share of failed calls at which the breaker opens: 0.5 is half of them.
   */
  threshold?: number;
  /**
   * How far back calls count.
   */
  window?: Duration;
  /**
   * Below this many calls in the window the breaker never opens.
   */
  minimumCalls?: number;
  /**
   * How long it stays open before it lets trial calls through.
   */
  openDuration?: Duration;
  /**
   * How many trial calls must succeed for it to close; one that fails opens it again.
   */
  halfOpenCalls?: number;
}

export const circuitBreakerOptionsDefaults = {
  "threshold": 0.5,
  "window": "10s",
  "minimumCalls": 10,
  "openDuration": "30s",
  "halfOpenCalls": 3
} as const;
