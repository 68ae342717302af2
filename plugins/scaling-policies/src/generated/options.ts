// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

export interface AdaptiveScalingOptions {
  /**
   * The share of its instances' capacity that a pool should use after a change; between the thresholds.
   */
  targetUtilization?: number;
  /**
   * The pool grows when more than this share is used, or callers wait.
   */
  scaleUpThreshold?: number;
  /**
   * The pool shrinks when less than this share is used.
   */
  scaleDownThreshold?: number;
}

export const adaptiveScalingOptionsDefaults = {
  "targetUtilization": 0.7,
  "scaleUpThreshold": 0.8,
  "scaleDownThreshold": 0.3
} as const;

export interface GradientScalingOptions {
  /**
   * How many times as long as in the long run a call may take before the pool shrinks.
   */
  tolerance?: number;
  /**
   * Calls at once by which the pool grows beyond what it has, while calls do not become slower.
   */
  queueSize?: number;
  /**
   * How long an instance above the minimum may serve nobody before it goes.
   */
  idleTimeout?: Duration;
}

export const gradientScalingOptionsDefaults = {
  "tolerance": 1.5,
  "queueSize": 4,
  "idleTimeout": "5s"
} as const;

export interface LoadBasedScalingOptions {
  /**
   * Requests, running and waiting, for which one instance is kept.
   */
  requestsPerInstance?: number;
}

export const loadBasedScalingOptionsDefaults = {
  "requestsPerInstance": 10
} as const;

export interface OnDemandScalingOptions {
  /**
   * How long an instance above the minimum may serve nobody before it goes.
   */
  idleTimeout?: Duration;
  /**
   * Instances that are kept idle or on their way, for callers to come.
   */
  spare?: number;
}

export const onDemandScalingOptionsDefaults = {
  "idleTimeout": "5s",
  "spare": 0
} as const;

export interface PredictiveScalingOptions {
  /**
   * How far back it looks at arrivals: 30 s to 30 min. A season is found when it repeats within: up to about half of this.
   */
  predictionWindow?: Duration;
  /**
   * It acts while at least this share of the requests came as it had foretold; else the pool grows on demand alone.
   */
  confidenceThreshold?: number;
  /**
   * How long it takes until the arrivals repeat, where that is known: 4 s to 15 min. Default: found in the arrivals, if they show one.
   */
  season?: Duration;
  /**
   * How long a caller may wait for an instance; the pool is sized so that hardly any waits longer.
   */
  maxWait?: Duration;
  /**
   * How long an instance above the minimum may serve nobody before it goes, unless the forecast asks for it.
   */
  idleTimeout?: Duration;
}

export const predictiveScalingOptionsDefaults = {
  "predictionWindow": "300s",
  "confidenceThreshold": 0.8,
  "maxWait": "50ms",
  "idleTimeout": "2500ms"
} as const;
