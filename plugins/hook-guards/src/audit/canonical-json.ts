/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/**
 * A copy that holds JSON only: what JSON cannot hold is left out or converted as `JSON.stringify` does it.
 *
 * @throws TypeError, RangeError as `JSON.stringify`: for bigints, circles, what is nested too deeply
 */
export function jsonCopy(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

/** The one text that a value has: keys sorted by their UTF-16 units, no white space (as RFC 8785). */
export function canonicalJson(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** As `Array.isArray`, which does not know read-only arrays. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
