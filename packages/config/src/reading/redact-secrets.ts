import type { ConfigNode } from "./config-node.ts";
import type { Secret } from "./substitute.ts";

/** Shorter values (a port, `true`) occur everywhere by chance; replacing them would garble every message. */
const SHORTEST_SECRET = 6;

/** Makes a function that takes the environment's values out of a text, by naming the variable instead. */
export function secretRedactor(secrets: readonly Secret[]): (text: string) => string {
  const longestFirst = secrets
    .filter(({ value }) => value.length >= SHORTEST_SECRET)
    .sort((left, right) => right.value.length - left.value.length);
  return (text) => longestFirst.reduce((shown, { name, value }) => shown.replaceAll(value, `[redacted:${name}]`), text);
}

/** A configuration's value for printing: what came from the environment is named, not shown. */
export function redactedValueOf(node: ConfigNode, redact: (text: string) => string): unknown {
  if (node.kind === "list") return node.items.map((item) => redactedValueOf(item, redact));
  if (node.kind === "map") {
    return Object.fromEntries([...node.entries].map(([key, entry]) => [key, redactedValueOf(entry.node, redact)]));
  }
  if (node.environment !== undefined) return `[redacted:${[...new Set(node.environment)].join(",")}]`;
  return typeof node.value === "string" ? redact(node.value) : node.value;
}
