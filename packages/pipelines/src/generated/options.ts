// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";

/**
 * The pipelines by name.
 */
export interface PipelinesSection {
  [k: string]: PipelineOptions;
}
/**
 * One pipeline: the channels it listens on and the steps that each event goes through, in order.
 */
export interface PipelineOptions {
  /**
   * The channel whose events it takes, or a list of channels. Pipelines on one channel get every event each.
   *
   * @minItems 1
   */
  on: string | [string, ...string[]];
  /**
   * How many events of each channel it takes at a time; the channel's balancer spreads them.
   */
  replicas?: number;
  /**
   * What is done with an event, in order.
   *
   * @minItems 1
   */
  steps: [PipelineStep, ...PipelineStep[]];
  /**
   * What is done instead when a hook has cancelled the event; `cancellation.hook` and `cancellation.reason` say which and why.
   */
  onCancel?: PipelineStep[];
}
/**
 * One step: what it does is the key that it has.
 */
export interface PipelineStep {}

export const pipelineOptionsDefaults = {
  "replicas": 1
} as const;

export const toolStepDefaults = {
  "input": "{{ event.data }}"
} as const;

export const agentStepDefaults = {
  "input": "{{ event.data }}"
} as const;

export const emitStepDefaults = {
  "data": "{{ event.data }}"
} as const;

export const writeStepDefaults = {
  "data": "{{ event }}"
} as const;

export const stepRetriesDefaults = {
  "attempts": 3,
  "backoff": "100ms",
  "maxBackoff": "30s"
} as const;

/**
 * The sinks by name; pipelines write to them with the step `write`.
 */
export interface SinksSection {
  [k: string]: Use;
}

/**
 * The event's data: any value, its strings are templates over `record`.
 */
export type Template =
  | string
  | number
  | boolean
  | null
  | Template1[]
  | {
      [k: string]: Template1;
    };
export type Template1 =
  | string
  | number
  | boolean
  | null
  | Template1[]
  | {
      [k: string]: Template1;
    };

/**
 * What every source says beside its implementation: how a record becomes an event.
 */
export interface SourceContract {
  /**
   * The event's type, a template over `record`: "{{ record.name }}.{{ record.action }}".
   */
  type: string;
  data?: Template;
  /**
   * What identifies the event, a template over `record`; made up when left out.
   */
  id?: string;
  /**
   * The event's affinity, a template over `record`: events of one key go to one subscriber where the balancer heeds keys.
   */
  key?: string;
  /**
   * What the event happened to, a template over `record`.
   */
  subject?: string;
  /**
   * How many emissions may be under way before the source is made to wait: events of critical and high channels until they are handled, events for a full channel with `overflow: block` until there is room.
   */
  maxInFlight?: number;
}

export const sourceContractDefaults = {
  "data": "{{ record }}",
  "maxInFlight": 64
} as const;

/**
 * The sources by name. All are read at once, as soon as everything else has started.
 */
export interface SourcesSection {
  [k: string]: Use;
}

/**
 * What every step of a pipeline may say, whatever it does.
 */
export interface StepContract {
  /**
   * What its result is called for later steps: `steps.<id>`. When left out, the name of the pool, agent, hook point, event type, sink or implementation, numbered (`_2`) when it is taken.
   */
  id?: string;
  /**
   * A CEL condition over `event` and `steps`; the step is left out unless it holds.
   */
  when?: string;
  /**
   * How often the step is tried again when it fails. Without it, once only.
   */
  retries?: {
    /**
     * How many times it is tried in all, the first included.
     */
    attempts?: number;
    /**
     * The wait before the second attempt; it doubles with each further one. Half of each wait is random.
     */
    backoff?: Duration;
    /**
     * The longest wait between two attempts.
     */
    maxBackoff?: Duration;
  };
  /**
   * How long one attempt may take before it is aborted and counts as failed.
   */
  timeout?: Duration;
}

export const stepContractDefaults = {
  "retries": {
    "attempts": 3,
    "backoff": "100ms",
    "maxBackoff": "30s"
  }
} as const;
