import { types } from "node:util";
import { hookErrors } from "../errors.ts";
import { isPlainObject } from "../patches/merge-patch.ts";

/** Stands for a value where there is none: a path that leads nowhere, a hole in a list. */
export const MISSING = Symbol("missing");

/** Deeper data is refused, before it exhausts the stack. */
const DEEPEST = 200;

/**
 * A text of a value that two values share only if they are the same: of one type, with the same content. The order of
 * keys, and of the entries of maps and sets, does not matter; `-0` and `0`, `null`, `undefined` and a missing key are
 * different. Every text says itself where it ends, so texts that are put one behind the other stay apart.
 *
 * Taken are plain data, dates, bigints, maps, sets, buffers and typed arrays. Properties that are not enumerable do not count.
 *
 * @param place how the value is called in an error: `data.repo`
 * @throws LLMSPELL_E_HOOK_CACHE_KEY for what has no content that could be compared: functions, symbols, instances of
 * other classes; for data that contains itself, and for data that is nested more than 200 levels deep
 */
export function canonicalText(value: unknown, place: string): string {
  return new CanonicalWriter(place).write(value);
}

/** Writes one value; keeps the way down to where it is, for cycles and for errors. */
class CanonicalWriter {
  readonly #place: string;
  readonly #ancestors: object[] = [];
  /** The keys below `place`, as far as `#ancestors` goes. */
  readonly #keys: string[] = [];

  constructor(place: string) {
    this.#place = place;
  }

  write(value: unknown): string {
    switch (typeof value) {
      case "string":
        return `s${value.length}:${value}`;
      case "number":
        return Object.is(value, -0) ? "n-0;" : `n${value};`;
      case "boolean":
        return value ? "t" : "f";
      case "undefined":
        return "u";
      case "bigint":
        return `b${value};`;
      case "object":
        return value === null ? "l" : this.#enter(value);
      default:
        if (value === MISSING) return "m";
        throw this.#refusal(`is a ${typeof value}`);
    }
  }

  #enter(object: object): string {
    const depth = this.#ancestors.length;
    if (this.#ancestors.includes(object)) throw this.#refusal("is contained in itself");
    if (depth === DEEPEST) throw this.#refusal(`is nested more than ${DEEPEST} levels deep`);
    this.#ancestors.push(object);
    const text = this.#writeObject(object, depth);
    this.#ancestors.pop();
    this.#keys.length = depth;
    return text;
  }

  #writeObject(object: object, depth: number): string {
    if (Object.getOwnPropertySymbols(object).length > 0) throw this.#refusal("has a symbol as a key");
    if (Array.isArray(object)) return this.#writeList(object, depth);
    if (isPlainObject(object)) return this.#writePlain(object, depth);
    if (types.isDate(object)) return `D${object.getTime()};`;
    if (types.isMap(object)) return this.#writeMap(object, depth);
    if (types.isSet(object)) return this.#writeSet(object, depth);
    if (ArrayBuffer.isView(object)) {
      return textOfBytes(object, object.buffer, object.byteOffset, object.byteLength);
    }
    if (types.isArrayBuffer(object)) return textOfBytes(object, object, 0, object.byteLength);
    throw this.#refusal(`is an object of the class ${classOf(object)}`);
  }

  #writeList(list: readonly unknown[], depth: number): string {
    let text = "[";
    let count = 0;
    for (let index = 0; index < list.length; index++) {
      const isPresent = Object.hasOwn(list, index);
      if (isPresent) count++;
      this.#keys[depth] = String(index);
      text += this.write(isPresent ? list[index] : MISSING);
    }
    this.#keys.length = depth;
    if (Object.keys(list).length > count) throw this.#refusal("is a list with named properties");
    return `${text}]`;
  }

  #writePlain(object: Readonly<Record<string, unknown>>, depth: number): string {
    let text = "{";
    for (const key of Object.keys(object).sort()) {
      this.#keys[depth] = key;
      text += `${key.length}:${key}${this.write(object[key])}`;
    }
    return `${text}}`;
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>, depth: number): string {
    const entries: string[] = [];
    for (const [key, value] of map) {
      this.#keys[depth] = typeof key === "string" ? key : "(entry)";
      entries.push(this.write(key) + this.write(value));
    }
    return `M${entries.length}:${entries.sort().join("")}`;
  }

  #writeSet(set: ReadonlySet<unknown>, depth: number): string {
    this.#keys[depth] = "(member)";
    const members = [...set].map((member) => this.write(member));
    return `S${members.length}:${members.sort().join("")}`;
  }

  #refusal(fault: string): Error {
    const place = [this.#place, ...this.#keys].join(".");
    return hookErrors.LLMSPELL_E_HOOK_CACHE_KEY({ problem: `\`${place}\` ${fault}` });
  }
}

/** Buffers count as the byte arrays that they are. */
function textOfBytes(object: object, buffer: ArrayBufferLike, offset: number, length: number): string {
  const kind = Object.prototype.toString.call(object).slice("[object ".length, -1);
  return `y${kind}:${Buffer.from(buffer, offset, length).toString("base64")};`;
}

function classOf(object: object): string {
  const maker = object.constructor;
  return typeof maker === "function" && maker.name !== "" ? maker.name : "without a name";
}
