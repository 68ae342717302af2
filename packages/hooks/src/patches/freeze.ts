import type { HookData } from "../hook-context.ts";

/** Data nested deeper than this are gone through with a list, because the call stack might not go as deep. */
const DEEPEST_CALL = 100;

/**
 * Freezes plain objects and arrays, at every depth, and returns the value.
 *
 * What is frozen already is taken to be frozen throughout, so that of large data only what is new is walked through.
 * Objects of classes are left as they are: freezing a date or a map would not make it read-only.
 */
export function freezeDeeply<Value>(value: Value): Value {
  if (isToBeFrozen(value)) freezeFrom(value, 0);
  return value;
}

type Freezable = readonly unknown[] | HookData;

function freezeFrom(value: Freezable, depth: number): void {
  if (depth > DEEPEST_CALL) {
    freezeByList(value);
    return;
  }
  Object.freeze(value);
  if (isArray(value)) for (const item of value) freezeItem(item, depth);
  // Not over `Object.values`, which would make an array for each object.
  else for (const key in value) freezeItem(value[key], depth);
}

function freezeItem(item: unknown, depth: number): void {
  if (isToBeFrozen(item)) freezeFrom(item, depth + 1);
}

function freezeByList(value: Freezable): void {
  const waiting = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    Object.freeze(next);
    for (const item of Object.values(next)) if (isToBeFrozen(item)) waiting.push(item);
  }
}

function isToBeFrozen(value: unknown): value is Freezable {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return false;
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isArray(value: Freezable): value is readonly unknown[] {
  return Array.isArray(value);
}
