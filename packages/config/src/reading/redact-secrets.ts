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

/**
 * A configuration's value for printing: what came from the environment is named, not shown.
 *
 * @param effective the same configuration after validation, with the defaults that are shown too
 */
export function redactedValueOf(node: ConfigNode, effective: unknown, redact: (text: string) => string): unknown {
  if (node.kind === "list") {
    const items = Array.isArray(effective) ? effective : [];
    return node.items.map((item, index) => redactedValueOf(item, items[index], redact));
  }
  if (node.kind === "map") {
    const values = new Map(Object.entries(effective ?? {}));
    const shown = [...node.entries].map(
      ([key, entry]) => [key, redactedValueOf(entry.node, values.get(key), redact)] as const,
    );
    return Object.fromEntries([...values, ...shown]);
  }
  if (node.environment !== undefined) return `[redacted:${[...new Set(node.environment)].join(",")}]`;
  return typeof node.value === "string" ? redact(node.value) : node.value;
}
