// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.


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

export interface LoadBasedScalingOptions {
  /**
   * Requests, running and waiting, for which one instance is kept.
   */
  requestsPerInstance?: number;
}

export const loadBasedScalingOptionsDefaults = {
  "requestsPerInstance": 10
} as const;
