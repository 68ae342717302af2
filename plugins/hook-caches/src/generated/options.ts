// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

export interface AdaptiveCacheOptions {
  /**
   * For how long an answer is used that saves 10 ms a call; above 0.
   */
  baseTtl?: Duration;
  /**
   * How strongly the lifetime follows what an answer saves: its exponent. 0 not at all, 0.5 by the square root, 1 in proportion.
   */
  performanceFactor?: number;
  /**
   * No answer is used for less; at most baseTtl.
   */
  minTtl?: Duration;
  /**
   * No answer is used for longer; at least baseTtl.
   */
  maxTtl?: Duration;
}

export const adaptiveCacheOptionsDefaults = {
  "baseTtl": "1m",
  "performanceFactor": 0.5,
  "minTtl": "1s",
  "maxTtl": "1h"
} as const;

export interface InputCacheOptions {
  /**
   * For how long an answer is used in place of calling the hook again with an equal key.
   */
  ttl?: Duration;
}

export const inputCacheOptionsDefaults = {
  "ttl": "1m"
} as const;

export interface ResultCacheOptions {
  /**
   * For how long an answer is used, unless one of its keys is invalidated before.
   */
  ttl?: Duration;
  /**
   * What invalidates an answer: templates over context.point, context.input and context.data of the call that it was the answer to, as `repo:{{ context.data.repo }}`.
   */
  invalidationKeys?: string[];
}

export const resultCacheOptionsDefaults = {
  "ttl": "5m",
  "invalidationKeys": []
} as const;
