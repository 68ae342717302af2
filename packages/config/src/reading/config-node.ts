import type { Place } from "../diagnostics/source-file.ts";

/** A configuration as written: values with their places, after aliases and merge keys, whatever file they came from. */
export type ConfigNode = ConfigMap | ConfigList | ConfigScalar;

export interface ConfigMap {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
}

export interface ConfigEntry {
  readonly keyPlace: Place;
  readonly node: ConfigNode;
}

export interface ConfigList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly ConfigNode[];
}

export interface ConfigScalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** Written without quotes and on one line. */
  readonly isPlain: boolean;
  /** The environment variables that its value came from; it is redacted wherever it is shown. */
  readonly environment?: readonly string[];
  /** A reference in it could not be resolved, which is reported; its value means nothing. */
  readonly isUnresolved?: true;
}

export type ConfigPath = readonly (string | number)[];

/** The plain value of a node: new objects and arrays, which their receiver may change. */
export function plainValue(node: ConfigNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.node)]));
}

/** The node at a path, or the deepest one on the way when the rest was filled in by a default. */
export function nodeAt(root: ConfigNode, path: ConfigPath): ConfigNode {
  let node = root;
  for (const step of path) {
    const next = childOf(node, step);
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** Whether there is a value at a path; a default is in no file. */
export function isWritten(root: ConfigNode, path: ConfigPath): boolean {
  let node: ConfigNode | undefined = root;
  for (const step of path) node = node === undefined ? undefined : childOf(node, step);
  return node !== undefined;
}

/** Where the value at a path stands; of the key instead when `part` says so, or nothing is written after it. */
export function placeAt(root: ConfigNode, path: ConfigPath, part: "key" | "value" = "value"): Place {
  const last = path.at(-1);
  const node = nodeAt(root, path);
  const isEmpty = node.place.start === node.place.end;
  if ((part === "key" || isEmpty) && typeof last === "string") {
    const parent = nodeAt(root, path.slice(0, -1));
    const entry = parent.kind === "map" ? parent.entries.get(last) : undefined;
    if (entry !== undefined) return entry.keyPlace;
  }
  return node.kind === "scalar" ? node.place : openingOf(node.place);
}

/**
 * The place of some characters inside a scalar, as exactly as its notation allows.
 *
 * @param length how many; without it, the word that begins at `offset`, or one character
 */
export function placeWithin(scalar: ConfigScalar, offset: number, length?: number): Place {
  const { place } = scalar;
  const written = place.file.text.slice(place.start, place.end);
  const lead = scalar.isPlain ? 0 : 1;
  if (typeof scalar.value !== "string" || written.slice(lead, written.length - lead) !== scalar.value) {
    return openingOf(place);
  }
  const start = Math.min(place.start + lead + offset, place.end);
  const word = /^\w*/.exec(scalar.value.slice(offset))?.[0].length ?? 0;
  return { file: place.file, start, end: start + Math.max(1, length ?? word) };
}

/** A path as a reader writes it: `events.channels.user_actions`, `hooks.points.before_llm_call[0].use`. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );
}

function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === "map") return node.entries.get(String(step))?.node;
  return node.kind === "list" ? node.items[Number(step)] : undefined;
}

/** A map or list is marked by its first line only. */
function openingOf(place: Place): Place {
  const lineEnd = place.file.text.indexOf("\n", place.start);
  return lineEnd < 0 || lineEnd > place.end ? place : { ...place, end: lineEnd };
}
