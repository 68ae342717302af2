// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration, Rate } from "@llmspell/base";

/**
 * Records what passes a hook point in a file whose lines are chained by hashes.
 */
export interface AuditLogOptions {
  /**
   * The NDJSON file. It is continued, and may be shared by several audit_log hooks of one process.
   */
  path: string;
  /**
   * Paths into the data of what is recorded. All of the data by default.
   *
   * @minItems 1
   */
  fields?: [string, ...string[]];
  /**
   * A line counts as recorded only when it is on the disk, and not when the operating system has it.
   */
  fsync?: boolean;
}

export const auditLogOptionsDefaults = {
  "fsync": false
} as const;

/**
 * Counts the tokens of LLM calls and what they cost.
 */
export interface CostOptions {
  /**
   * The price of each model, by the name that the agent gives it. Calls of other models are counted as unpriced.
   */
  prices?: {
    [k: string]: ModelPrice;
  };
  /**
   * The currency of the prices: an ISO 4217 code.
   */
  currency?: string;
}
export interface ModelPrice {
  /**
   * The price of a million input tokens.
   */
  input: number;
  /**
   * The price of a million input tokens that the provider had cached. By default that of the others.
   */
  cachedInput?: number;
  /**
   * The price of a million output tokens.
   */
  output: number;
}

export const costOptionsDefaults = {
  "currency": "USD"
} as const;

/**
 * Checks a value of the data, or a text that is JSON, against a JSON Schema.
 */
export interface JsonSchemaOptions {
  /**
   * The JSON Schema: draft 2020-12 where its $schema says so, else draft-07.
   */
  schema?: {
    [k: string]: unknown;
  };
  /**
   * A JSON file that holds the schema.
   */
  schemaFile?: string;
  /**
   * The path into the data of what is checked. A string there is read as JSON first; a code fence around it is taken off.
   */
  field?: string;
  /**
   * cancel stops the run; retry has the bracketed work done again; flag lets it go on with data.jsonSchema: { <field>: <what is wrong> }.
   */
  action?: "cancel" | "retry" | "flag";
}

export const jsonSchemaOptionsDefaults = {
  "field": "text",
  "action": "cancel"
} as const;

/**
 * Counts tokens with the tokenizer of a model, and bounds them.
 */
export interface MaxTokensOptions {
  /**
   * How many tokens there may be in all of the fields together.
   */
  limit: number;
  /**
   * o200k_base: GPT-4o, GPT-4.1, GPT-5, o1 to o4; cl100k_base: GPT-4, GPT-3.5; p50k_base, r50k_base: GPT-3 and Codex. For models of others each is an estimate.
   */
  encoding?: "o200k_base" | "cl100k_base" | "p50k_base" | "r50k_base";
  /**
   * Paths into the data whose strings at any depth are counted; of messages, their content.
   *
   * @minItems 1
   */
  fields?: [string, ...string[]];
  /**
   * cancel stops the run; truncate drops the oldest messages and then cuts texts; flag lets it go on with data.maxTokens: { tokens, limit }.
   */
  action?: "cancel" | "truncate" | "flag";
}

export const maxTokensOptionsDefaults = {
  "encoding": "o200k_base",
  "fields": [
    "messages"
  ],
  "action": "cancel"
} as const;

/**
 * Looks for attempts to give the LLM instructions through its input, and stops or flags them.
 */
export interface PromptInjectionOptions {
  /**
   * Paths into the data whose strings at any depth are looked at. All of the data by default; system messages never.
   *
   * @minItems 1
   */
  fields?: [string, ...string[]];
  /**
   * The score, from 0 to 1, from which on it acts.
   */
  threshold?: number;
  /**
   * cancel stops the run; flag lets it go on with data.promptInjection: { score, signals }.
   */
  action?: "cancel" | "flag";
}

export const promptInjectionOptionsDefaults = {
  "threshold": 0.7,
  "action": "cancel"
} as const;

/**
 * Bounds how often a hook point is passed, in all or for each key.
 */
export interface RateLimitOptions {
  /**
   * How often it may be passed in the long run.
   */
  rate: Rate;
  /**
   * How often it may be passed at once after a rest. By default what the rate allows in a second, and at least 1.
   */
  burst?: number;
  /**
   * What is limited on its own, such as context.data.agent. One limit for all by default.
   */
  key?: string;
  /**
   * How many keys are kept; the one that has been idle longest is forgotten first, and begins anew with a full burst.
   */
  maxKeys?: number;
  /**
   * cancel stops the run; retry has it tried again after the time in which a token comes in.
   */
  action?: "cancel" | "retry";
}

export const rateLimitOptionsDefaults = {
  "maxKeys": 10000,
  "action": "cancel"
} as const;

/**
 * Replaces secrets and personal data in the strings of a hook point's data by marks such as [redacted:email].
 */
export interface RedactOptions {
  /**
   * Paths into the data, such as messages or output.text, whose strings at any depth are looked at. All of the data by default.
   *
   * @minItems 1
   */
  fields?: [string, ...string[]];
  /**
   * What is looked for.
   */
  detect?: ("secret" | "iban" | "credit_card" | "email" | "phone")[];
  /**
   * Regular expressions of your own, by the name that their mark shows. They are applied first. Each search takes linear time: look-around and back-references are refused.
   */
  patterns?: {
    [k: string]: string;
  };
  /**
   * Marks are tokens, such as [redacted:email:kqzwmhbtx], that the hook restore can put back in the same chat or pipeline run.
   */
  reversible?: boolean;
}

export const redactOptionsDefaults = {
  "detect": [
    "secret",
    "iban",
    "credit_card",
    "email",
    "phone"
  ],
  "reversible": false
} as const;

/**
 * Lets only texts pass that match a pattern, or that do not.
 */
export interface RegexOptions {
  /**
   * Patterns by name. Every text must contain a match of one of them at least, and there must be a text.
   */
  allow?: {
    [k: string]: string;
  };
  /**
   * Patterns by name. No text may contain a match of any of them.
   */
  deny?: {
    [k: string]: string;
  };
  /**
   * Capital and small letters are the same to all of the patterns.
   */
  ignoreCase?: boolean;
  /**
   * Paths into the data whose strings at any depth are looked at. All of the data by default.
   *
   * @minItems 1
   */
  fields?: [string, ...string[]];
  /**
   * cancel stops the run; retry has the bracketed work done again; flag lets it go on with data.regex: { <pattern>: "denied", allow: "not matched" }.
   */
  action?: "cancel" | "retry" | "flag";
}

export const regexOptionsDefaults = {
  "ignoreCase": false,
  "action": "cancel"
} as const;

/**
 * Puts back what redact with reversible: true has replaced by tokens in the same chat or pipeline run.
 */
export interface RestoreOptions {
  /**
   * Paths into the data in whose strings, at any depth, tokens are replaced by what they stand for: text is the answer after an LLM call, input what a tool is called with.
   *
   * @minItems 1
   */
  fields?: [string, ...string[]];
}

export const restoreOptionsDefaults = {
  "fields": [
    "text"
  ]
} as const;

/**
 * Asks a service over HTTP what should happen at a hook point.
 */
export interface WebhookOptions {
  /**
   * Where { point, data } is posted as JSON.
   */
  url: string;
  /**
   * Paths into the data of what is sent, as keys of data. All of the data by default.
   *
   * @minItems 1
   */
  fields?: [string, ...string[]];
  /**
   * Also sends what the bracketed work was asked to do, as input. No hook before changes that: redact hides nothing in it.
   */
  includeInput?: boolean;
  /**
   * Signs each request (HMAC-SHA256, Standard Webhooks). whsec_ and Base64 are the key's bytes; any other text is the key itself.
   */
  secret?: string;
  /**
   * How often it is tried again after a network error or an answer of 5xx.
   */
  retries?: number;
  /**
   * The wait before the first retry; it doubles with each further one, one half of it at random, up to 10s.
   */
  backoff?: Duration;
  /**
   * The longest answer that is read; a longer one is a failure.
   */
  maxResponse?: Bytes;
}

export const webhookOptionsDefaults = {
  "includeInput": false,
  "retries": 2,
  "backoff": "200ms",
  "maxResponse": "1MiB"
} as const;
