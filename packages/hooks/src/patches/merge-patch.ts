import type { HookData } from "../hook-context.ts";

/** Whether patches merge into it key by key; arrays, dates, buffers and other classes are replaced as a whole. */
export function isPlainObject(value: unknown): value is HookData {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The target as changed by a merge patch (RFC 7386; a patch key whose value is `undefined` changes nothing).
 *
 * Neither argument is changed: the result is a new object only along the paths that differ and shares everything else,
 * so its cost does not depend on the size of the data. It is the target itself when nothing differs.
 */
export function applyMergePatch(target: HookData, patch: HookData): HookData {
  let result: Record<string, unknown> | undefined;
  for (const key of Object.keys(patch)) {
    const before = Object.hasOwn(target, key) ? target[key] : undefined;
    // `undefined` stands for a key that is not there, or is to go.
    const after = mergeValue(before, patch[key]);
    if (after === before) continue;
    result ??= { ...target };
    if (after === undefined) delete result[key];
    else setOwn(result, key, after);
  }
  return result ?? target;
}

function mergeValue(before: unknown, change: unknown): unknown {
  if (change === undefined) return before;
  if (change === null) return undefined;
  return isPlainObject(change) ? applyMergePatch(isPlainObject(before) ? before : {}, change) : change;
}

/** A patch without what it says at `path`. */
export function withoutPath(patch: HookData, path: readonly string[]): HookData {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(patch, key)) return patch;
  const { [key]: value, ...others } = patch;
  if (rest.length === 0 || !isPlainObject(value)) return others;
  const result = { ...patch };
  setOwn(result, key, withoutPath(value, rest));
  return result;
}

/** Assigning `__proto__`, which data parsed from JSON may have as a key, would change the object's prototype. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
