import { type Log, messageOf } from "@llmspell/base";
import { compileCondition } from "@llmspell/expressions";
import type { EventFeed, ObservedEvent } from "@llmspell/resilience";
import type { HookInvalidation } from "./generated/options.ts";
import type { HookManager } from "./hook-manager.ts";
import { compileInvalidationKey } from "./invalidation-key.ts";

/** What is done about an event of one type. */
type Reaction = (event: ObservedEvent) => readonly string[];

/**
 * Makes events drop kept answers of hooks. An event of a type that nothing is said about costs one lookup.
 *
 * @param log told of an event whose keys cannot be made out
 * @throws LLMSPELL_E_EXPRESSION, LLMSPELL_E_TEMPLATE
 */
export function invalidateOn(
  invalidations: readonly HookInvalidation[],
  hooks: Pick<HookManager, "invalidate">,
  feed: EventFeed,
  log: Log,
): Disposable {
  const reactions = new Map<string, Reaction[]>();
  for (const invalidation of invalidations) {
    const { event } = invalidation;
    reactions.set(event, [...(reactions.get(event) ?? []), reactionOf(invalidation)]);
  }
  return feed.observe((event) => {
    for (const keysOf of reactions.get(event.type) ?? []) {
      try {
        for (const key of keysOf(event)) hooks.invalidate(key);
      } catch (error) {
        log.warn(`An event ${event.type} could not invalidate answers of hooks: ${messageOf(error)}`);
      }
    }
  });
}

function reactionOf({ when, keys }: HookInvalidation): Reaction {
  const holds = when === undefined ? () => true : compileCondition(when, ["event"]);
  const keysOf = keys.map((key) => compileInvalidationKey(key, ["event"]));
  return ({ type, data }) => {
    const scope = { event: { type, data } };
    return holds(scope) ? keysOf.map((keyOf) => keyOf(scope)) : [];
  };
}
