import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { SourceFile } from "../diagnostics/source-file.ts";
import { type ConfigMap, type ConfigNode, plainValue } from "./config-node.ts";
import { configText } from "./config-text.ts";
import { parseYaml } from "./parse-yaml.ts";

type Values = Readonly<Record<string, unknown>>;

/** A configuration after `transform` of its values. */
export function transformed(
  root: ConfigMap,
  transform: (values: Values) => Values,
  diagnostics: Diagnostics,
): ConfigMap {
  const text = configText(transform(plainValue(root) as Values));
  const file = new SourceFile(join(dirname(root.place.file.path), "<configuration after hooks.config>"), text);
  const node = parseYaml(file, diagnostics);
  return node?.kind === "map" ? keepUnchanged(node, root) : root;
}

/**
 * A configuration after a transformation of its values: what that left as it was keeps its place in its file, and what
 * is known of where it came from.
 */
export function keepUnchanged<Node extends ConfigNode>(after: Node, before: ConfigNode | undefined): Node {
  if (before === undefined || before.kind !== after.kind) return after;
  if (isDeepStrictEqual(plainValue(after), plainValue(before))) return before as Node;
  if (after.kind === "list" && before.kind === "list") {
    return { ...after, items: after.items.map((item, index) => keepUnchanged(item, before.items[index])) };
  }
  if (after.kind !== "map" || before.kind !== "map") return after;
  const entries = [...after.entries].map(([key, { keyPlace, node }]) => {
    const earlier = before.entries.get(key);
    return [key, { keyPlace: earlier?.keyPlace ?? keyPlace, node: keepUnchanged(node, earlier?.node) }] as const;
  });
  return { ...after, place: before.place, entries: new Map(entries) };
}
