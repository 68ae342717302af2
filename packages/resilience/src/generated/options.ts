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
   * So many failed calls in a row open it too, whatever their share and however few calls there were. When left out, only shares do.
   */
  consecutiveFailures?: number;
  /**
   * A call that takes longer is slow. When left out, how long calls take does not matter.
   */
  slowCallDuration?: Duration;
  /**
   * The share of slow calls at which the breaker opens, `slowCallDuration` given: 1 is when all of them are slow.
   */
  slowCallThreshold?: number;
  /**
   * How long it stays open before it lets trial calls through.
   */
  openDuration?: Duration;
  /**
   * How many trial calls must succeed for it to close; one that fails, or is slow, opens it again.
   */
  halfOpenCalls?: number;
}

export const circuitBreakerOptionsDefaults = {
  "threshold": 0.5,
  "window": "10s",
  "minimumCalls": 10,
  "slowCallThreshold": 1,
  "openDuration": "30s",
  "halfOpenCalls": 3
} as const;

/**
 * When a member of a group that keeps failing gets no work for a while: when a circuit breaker of its own opens, and not too many others are without work.
 */
export interface MemberEjectionOptions {
  /**
   * The largest share of the members that may be without work at a time, rounded down; half of three is one. One always stays.
   */
  maxEjectedShare?: number;
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
   * So many failed calls in a row open it too, whatever their share and however few calls there were. When left out, only shares do.
   */
  consecutiveFailures?: number;
  /**
   * A call that takes longer is slow. When left out, how long calls take does not matter.
   */
  slowCallDuration?: Duration;
  /**
   * The share of slow calls at which the breaker opens, `slowCallDuration` given: 1 is when all of them are slow.
   */
  slowCallThreshold?: number;
  /**
   * How long it stays open before it lets trial calls through.
   */
  openDuration?: Duration;
  /**
   * How many trial calls must succeed for it to close; one that fails, or is slow, opens it again.
   */
  halfOpenCalls?: number;
}

export const memberEjectionOptionsDefaults = {
  "maxEjectedShare": 0.5,
  "threshold": 0.5,
  "window": "10s",
  "minimumCalls": 10,
  "slowCallThreshold": 1,
  "openDuration": "30s",
  "halfOpenCalls": 3
} as const;
