import { createHash } from "node:crypto";
import { canonicalJson, type Json, type JsonObject } from "./canonical-json.ts";

/** How far a chain goes: what the next line must follow. */
export interface ChainEnd {
  /** How many lines there are. */
  readonly lines: number;
  /** The hash of the last one, in hexadecimal; 64 zeros where there is none. */
  readonly hash: string;
}

/** The end of a chain that has not begun. */
export const CHAIN_START: ChainEnd = { lines: 0, hash: "0".repeat(64) };

/** A line, without its line feed, and the chain's end with it. */
export interface ChainedLine {
  readonly text: string;
  readonly end: ChainEnd;
}

/**
 * The line that records an entry at the end of a chain: its canonical JSON with `line` (from 1), `previous` (the hash of
 * the line before) and `hash` (SHA-256 of the previous hash and of this line's canonical JSON without `hash`).
 */
export function chainLine(entry: JsonObject, { lines, hash: previous }: ChainEnd): ChainedLine {
  const body = { ...entry, line: lines + 1, previous };
  const hash = hashOf(previous, canonicalJson(body));
  return { text: canonicalJson({ ...body, hash }), end: { lines: lines + 1, hash } };
}

/** What is wrong with a line by itself; else where the chain stands behind it, and what it says it follows. */
export type ReadLine =
  | { readonly problem: string }
  | { readonly problem: undefined; readonly end: ChainEnd; readonly previous: string };

/** Reads a line and checks that its hash is that of its content. */
export function readLine(bytes: Uint8Array): ReadLine {
  const record = parse(bytes);
  if (record === undefined) return { problem: "it is no JSON object in UTF-8" };
  const { hash, ...body } = record.value;
  const { line, previous } = body;
  if (typeof hash !== "string" || typeof previous !== "string" || typeof line !== "number") {
    return { problem: "it has no `line`, `previous` and `hash`" };
  }
  // White space and the order of keys count too: nothing of a line can change unnoticed.
  if (canonicalJson(record.value) !== record.text) return { problem: "it is not in canonical form" };
  if (hashOf(previous, canonicalJson(body)) !== hash) return { problem: "its hash is not that of its content" };
  return { problem: undefined, end: { lines: line, hash }, previous };
}

function hashOf(previous: string, body: string): string {
  return createHash("sha256").update(previous).update(body).digest("hex");
}

function parse(bytes: Uint8Array): { readonly text: string; readonly value: JsonObject } | undefined {
  try {
    // Bytes that are no UTF-8 must not be read as if they were the replacement character.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: Json = JSON.parse(text);
    return isObject(value) ? { text, value } : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
