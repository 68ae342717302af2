// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

/**
 * The pressure is 0.4 × how full the queue is + 0.4 × how busy the subscribers or how late the event loop is, whichever is more + 0.2 × how full the heap is.
 */
export interface AdaptiveFlowOptions {
  /**
   * Above this pressure the rate falls. Subscribers that are all busy and a queue that is half full make 0.6.
   */
  highWatermark?: number;
  /**
   * Below this pressure the rate rises; between the two it stays. Less than `highWatermark`.
   */
  lowWatermark?: number;
  /**
   * By which share of itself the rate falls, ten times a second; to no less than half of what the subscribers handle.
   */
  decrease?: number;
  /**
   * By which share of what the subscribers handle the rate rises, ten times a second.
   */
  increase?: number;
}

export const adaptiveFlowOptionsDefaults = {
  "highWatermark": 0.6,
  "lowWatermark": 0.5,
  "decrease": 0.1,
  "increase": 0.05
} as const;

export interface GradientFlowOptions {
  /**
   * The longest that events should wait in the queue. Where it is exceeded, so much less comes in than the subscribers handle.
   */
  targetDelay?: Duration;
  /**
   * By which share of what the subscribers handle the rate rises, ten times a second, while events wait for less than half of `targetDelay`.
   */
  increase?: number;
}

export const gradientFlowOptionsDefaults = {
  "targetDelay": "1s",
  "increase": 0.05
} as const;
