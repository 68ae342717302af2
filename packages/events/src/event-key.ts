import { compileExpression } from "@llmspell/expressions";
import { type BusEvent, eventRecord } from "./bus-event.ts";

/** What an event belongs to: a value that can be a key of a map; `undefined` where it has none. */
export type EventKey = (event: BusEvent) => unknown;

/**
 * Compiles a CEL expression over `event` to what tells an event's key. An object is a key by what it says; what lacks the
 * key, so that the expression has no value, has the key `undefined`.
 *
 * @throws LLMSPELL_E_EXPRESSION
 */
export function compileEventKey(source: string): EventKey {
  const expression = compileExpression(source, ["event"]);
  // The key that emitters give themselves is there already: no copy of the event need be made to read it.
  if (source.trim() === "event.key") return (event) => event.key;
  return (event) => {
    try {
      const key = expression.evaluate({ event: eventRecord(event) });
      return typeof key === "object" && key !== null ? JSON.stringify(key, inOrder) : key;
    } catch {
      return undefined;
    }
  };
}

/** For `JSON.stringify`: objects that say the same make the same text, in whatever order their keys came. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
