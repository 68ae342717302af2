/** What V8 needs beside the content, roughly: an object with its map and elements, one slot, a boxed number. */
const OBJECT_BYTES = 40;
const SLOT_BYTES = 8;
const NUMBER_BYTES = 16;
/** A string's own header; its characters count double, because one outside Latin-1 makes V8 use two bytes for each. */
const STRING_BYTES = 24;
const CHARACTER_BYTES = 2;

/** The bytes that a string takes, at most. */
export function bytesOfString(text: string): number {
  return STRING_BYTES + CHARACTER_BYTES * text.length;
}

/**
 * About how much memory keeping a value takes: an upper estimate, so that a bound on the sum of estimates is one on the
 * memory too. What is reachable more than once counts once. Only own, enumerable properties are looked at: what a
 * closure or a private field holds cannot be seen from outside.
 *
 * @param limit counting stops soon after this many bytes, so that a value that is too large anyway costs no full walk
 */
export function estimatedBytes(value: unknown, limit: number): number {
  const seen = new Set<object>();
  const pending: unknown[] = [value];
  let bytes = 0;
  while (pending.length > 0 && bytes <= limit) {
    const next = pending.pop();
    if (typeof next === "string") bytes += bytesOfString(next);
    else if (typeof next === "bigint") bytes += NUMBER_BYTES + next.toString(16).length / 2;
    else if (typeof next === "object" && next !== null) {
      if (!seen.has(next)) bytes += OBJECT_BYTES + addContent(next, pending);
      seen.add(next);
    } else bytes += NUMBER_BYTES;
  }
  return Math.ceil(bytes);
}

/** Puts what an object holds on the list of what is to be counted; the bytes that are not on it. */
function addContent(object: object, pending: unknown[]): number {
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) return object.byteLength;
  if (Array.isArray(object)) return addAll(object, pending) * SLOT_BYTES;
  if (object instanceof Map) return (addAll(object.keys(), pending) + addAll(object.values(), pending)) * SLOT_BYTES;
  if (object instanceof Set) return addAll(object, pending) * SLOT_BYTES;
  // Names of properties are shared between objects of one shape, and so count as a slot.
  return addAll(Object.values(object), pending) * 2 * SLOT_BYTES;
}

function addAll(values: Iterable<unknown>, pending: unknown[]): number {
  let count = 0;
  for (const value of values) {
    pending.push(value);
    count++;
  }
  return count;
}
