import type { ConfigNode } from "./config-node.ts";
import type { Secret } from "./substitute.ts";

/** Shorter values (a port, `true`) occur everywhere by chance; replacing them would garble every message. */
const SHORTEST_SECRET = 6;

/**
 * Makes a function that takes the environment's values out of a text, by naming the variable instead; also where they
 * are written as JSON, with line ends and quotes escaped.
 */
export function secretRedactor(secrets: readonly Secret[]): (text: string) => string {
  const names = new Map(
    secrets
      .filter(({ value }) => value.length >= SHORTEST_SECRET)
      .flatMap(({ name, value }) => [value, JSON.stringify(value).slice(1, -1)].map((form) => [form, name] as const)),
  );
  const longestFirst = [...names].sort(([left], [right]) => right.length - left.length);
  return (text) => longestFirst.reduce((shown, [value, name]) => shown.replaceAll(value, `[redacted:${name}]`), text);
}

/**
 * A configuration's value for printing: what came from the environment is named, not shown.
 *
 * @param effective the same configuration after validation, with the defaults and absolute paths that are shown
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
  // As validated, because a path is absolute only there: it may come from an imported file in another directory.
  return typeof effective === "string" ? redact(effective) : node.value;
}
