import { hash } from "node:crypto";
import { hookErrors } from "../errors.ts";
import type { HookContext } from "../hook-context.ts";
import { canonicalText, MISSING } from "./canonical-text.ts";

/**
 * What the answer of a hook depends on: paths (`data.repo.id`, `input`), or a function of the context whose value stands
 * for it.
 */
export type CacheKeySource = readonly string[] | ((context: HookContext) => unknown);

/** Makes the key for a context. */
export type CacheKey = (context: HookContext) => string;

/** Texts up to this length stand in a key as they are; longer ones by a digest, so that keys stay small. */
const LONGEST_TEXT = 512;

const PATH = /^(input|data)(\.[^.]+)*$/;

/**
 * Compiles what a hook's cache key is made from. Two contexts share a key only if all that it names is the same, type
 * and content (see `canonicalText`), or by a collision of SHA-256.
 *
 * A path reads properties as code does; where it leads nowhere, that counts as a value of its own. One path to a short
 * string is the fast case (about 15 ns, see `bench/suites/hook-cache.bench.ts`). Objects are gone through whole, whether a
 * path leads to one, the function yields one, or `source` is left out and all of `input` and `data` counts.
 *
 * @param owner a number that each registration of a hook has for itself. It stands before its keys, so that no hook finds the
 * answer of another, nor one that is registered anew the answers of its predecessor; point and id would say the same
 * in more characters, and hashing them is a good part of a lookup
 * @throws LLMSPELL_E_HOOK_CACHE_KEY when there is no path, or one begins neither with `input` nor with `data`; the
 * compiled key throws it for what cannot be compared, and what the function throws
 */
export function compileCacheKey(source: CacheKeySource | undefined, owner: number): CacheKey {
  const prefix = `${owner}:`;
  if (source === undefined) return ({ input, data }) => prefix + keyText([input, data], "[input, data]");
  if (typeof source === "function") return (context) => prefix + keyText(source(context), "key");
  const paths = source.map(parsePath);
  const [first, ...others] = paths;
  if (first === undefined) throw hookErrors.LLMSPELL_E_HOOK_CACHE_KEY({ problem: "its list of paths is empty" });
  return others.length === 0 ? keyOfPath(first, prefix) : keyOfPaths(paths, prefix);
}

interface Path {
  readonly source: string;
  readonly isOfInput: boolean;
  /** The keys below `input` or `data`. */
  readonly keys: readonly string[];
}

function parsePath(source: string): Path {
  if (!PATH.test(source)) {
    throw hookErrors.LLMSPELL_E_HOOK_CACHE_KEY({
      problem: `a path must begin with \`input\` or \`data\` and go on with keys between dots, but one is \`${source}\``,
    });
  }
  const [root, ...keys] = source.split(".");
  return { source, isOfInput: root === "input", keys };
}

/**
 * One path, the usual case: a short string needs no length before it, because nothing comes behind it.
 *
 * Paths of one and two keys below their root have functions of their own: without a loop over the keys, V8 reads each
 * property where it knows the shape, which halves the time (`bench/suites/hook-cache.bench.ts`). They only go as far as
 * they meet what they expect; all else is `keyOfPaths`'s.
 */
function keyOfPath(path: Path, prefix: string): CacheKey {
  const stringPrefix = `${prefix}s`;
  const [first = "", second = ""] = path.keys;
  const anyKey = keyOfPaths([path], prefix);
  const keyOfString = (value: unknown, context: HookContext): string =>
    typeof value === "string" && value.length <= LONGEST_TEXT ? stringPrefix + value : anyKey(context);
  if (path.keys.length === 1) {
    return (context) => {
      const root = path.isOfInput ? context.input : context.data;
      return isObject(root) ? keyOfString(root[first], context) : anyKey(context);
    };
  }
  if (path.keys.length === 2) {
    return (context) => {
      const root = path.isOfInput ? context.input : context.data;
      const value = isObject(root) ? root[first] : undefined;
      return isObject(value) ? keyOfString(value[second], context) : anyKey(context);
    };
  }
  return (context) => keyOfString(valueAt(path, context), context);
}

function keyOfPaths(paths: readonly Path[], prefix: string): CacheKey {
  return (context) => {
    let key = prefix;
    for (const path of paths) key += keyText(valueAt(path, context), path.source);
    return key;
  };
}

function valueAt({ isOfInput, keys }: Path, context: HookContext): unknown {
  let value: unknown = isOfInput ? context.input : context.data;
  // By index, because this runs for every call of a cached hook, and an iterator would be allocated for each.
  for (let index = 0; index < keys.length; index++) {
    if (!isObject(value)) return MISSING;
    const key = keys[index] ?? "";
    const next = value[key];
    if (next === undefined && !(key in value)) return MISSING;
    value = next;
  }
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The canonical text, or, if it is long, its digest: `h` and `H` begin no other text, and a digest's length is fixed. */
function keyText(value: unknown, place: string): string {
  const text = canonicalText(value, place);
  if (text.length <= LONGEST_TEXT) return text;
  if (text.isWellFormed()) return `h${hash("sha256", text, "base64url")}`;
  // UTF-8 would make all lone surrogates one.
  return `H${hash("sha256", Buffer.from(text, "utf16le"), "base64url")}`;
}
