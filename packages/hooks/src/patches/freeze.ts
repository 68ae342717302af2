/**
 * Freezes plain objects and arrays, at every depth, and returns the value.
 *
 * What is frozen already is taken to be frozen throughout, so that of large data only what is new is walked through.
 * Objects of classes are left as they are: freezing a date or a map would not make it read-only.
 */
export function freezeDeeply<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    Object.freeze(value);
    for (const item of value) freezeDeeply(item);
    return value;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const key in value) freezeDeeply(value[key]);
  return value;
}
