import { defineErrors } from "@llmspell/base";

/** Every error of this package. */
export const eventErrors = defineErrors({
  LLMSPELL_E_CHANNEL_UNKNOWN: {
    message: ({ channel, known }: { channel: string; known: readonly string[] }) =>
      `There is no channel "${channel}". ${known.length === 0 ? "None is declared." : `Known: ${known.join(", ")}.`}`,
    hint: "Declare it under `events.channels`, or add it with `addChannel`.",
  },
  LLMSPELL_E_CHANNEL_EXISTS: {
    message: ({ channel }: { channel: string }) => `The channel "${channel}" exists already.`,
    hint: "Give the new channel another name.",
  },
  LLMSPELL_E_CHANNEL_SUBSCRIBER: {
    message: ({ channel, option, value }: { channel: string; option: string; value: unknown }) =>
      `A subscriber of channel "${channel}" has ${option} ${String(value)}.`,
    hint: "`concurrency` is a whole number of at least 1, `weight` a number above 0, and an `id` is unique in its group.",
  },
  LLMSPELL_E_CHANNEL_RATE_LIMIT: {
    message: ({ name, known }: { name: string; known: readonly string[] }) =>
      `There is no rate limit "${name}". ${known.length === 0 ? "None is declared." : `Known: ${known.join(", ")}.`}`,
    hint: "Declare it under `events.rateLimits`.",
  },
  LLMSPELL_E_CHANNEL_BALANCER: {
    message: ({ group, problem }: { group: string; problem: string }) =>
      `The load balancer of group "${group}" ${problem}.`,
    hint: "A balancer answers an index from 0 up to the number of members; its plugin has a fault.",
  },
  LLMSPELL_E_EVENT_TYPE: {
    message: ({ type }: { type: unknown }) =>
      `An event's type must be a string that is not empty; this one's is ${JSON.stringify(type) ?? "missing"}.`,
    hint: "Give the event a `type` that says what happened, as `issues.opened`.",
    final: true,
  },
  LLMSPELL_E_EVENT_DATA: {
    message: ({ type, problem }: { type: string; problem: string }) =>
      `The data of an event \`${type}\` does not fit its schema: ${problem}.`,
    hint: "Emit data that fits, or change the schema under `events.payloads`.",
    final: true,
  },
  LLMSPELL_E_EVENT_TIME: {
    message: ({ name, text }: { name: string; text: string }) =>
      `Expected the \`${name}\` of a CloudEvent to be a time as RFC 3339 has it, got ${JSON.stringify(text)}.`,
    hint: "Write it as 2026-01-31T12:00:00Z, or leave it out.",
    final: true,
  },
  LLMSPELL_E_EVENT_SCHEMA: {
    message: ({ type, problem }: { type: string; problem: string }) =>
      `The schema of the data of \`${type}\` is no JSON Schema: ${problem}.`,
    hint: "Write a JSON Schema (draft-07) under `events.payloads.<type>.schema`.",
    final: true,
  },
  LLMSPELL_E_EVENT_ROUTE: {
    message: ({ problem }: { problem: string }) => `A route is not complete: ${problem}.`,
    hint: "A route is an object with `use`, the options of that route, and the `channel` that its events go to.",
  },
  LLMSPELL_E_EVENT_PATTERN: {
    message: ({ pattern, problem }: { pattern: string; problem: string }) =>
      `The pattern ${pattern} cannot be matched in bounded time: ${problem}.`,
    hint: "Leave out look-around and back-references, or use a dynamic route.",
  },
  LLMSPELL_E_EVENT_FLOW_BOUNDS: {
    message: ({ minRate, maxRate }: { minRate: number; maxRate: number }) =>
      `Expected a flow controller's minRate to be at most its maxRate, but they are ${minRate} and ${maxRate} events a second.`,
    hint: "Lower `minRate`, raise `maxRate`, or leave one of them out.",
  },
  LLMSPELL_E_EVENT_IMPLEMENTATION: {
    message: ({ kind, use }: { kind: string; use: string }) =>
      `The event bus knows no ${kind} "${use}" when it is used without plugins.`,
    hint: "Give the bus a creator for it in its second argument, or leave the option out.",
  },
});
