import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { locate } from "../diagnostics/format-diagnostic.ts";
import type { ConfigEntry, ConfigMap } from "./config-node.ts";

/**
 * Lays a file's own configuration over what it imports: maps are merged key by key, lists are joined (imported items
 * first), and a single value of the importing file wins.
 */
export function overlay(imported: ConfigMap, own: ConfigMap): ConfigMap {
  return mergeMaps(imported, own, (_, ownEntry) => ownEntry);
}

/** Puts two imported files side by side; a single value that both set is an error, since neither outranks the other. */
export function combine(first: ConfigMap, second: ConfigMap, diagnostics: Diagnostics, directory: string): ConfigMap {
  return mergeMaps(first, second, (one, other) => {
    const message = `Two imported files set this key; the other is at ${locate(one.keyPlace, directory)}.`;
    const hint = "Set it in the importing file, which outranks both, or in one of them only.";
    diagnostics.error("LLMSPELL_E_IMPORT_CONFLICT", message, other.keyPlace, hint);
    return one;
  });
}

type Choose = (lower: ConfigEntry, upper: ConfigEntry) => ConfigEntry;

function mergeMaps(lower: ConfigMap, upper: ConfigMap, choose: Choose): ConfigMap {
  const entries = new Map(lower.entries);
  for (const [key, entry] of upper.entries) {
    const other = entries.get(key);
    entries.set(key, other === undefined ? entry : mergeEntries(other, entry, choose));
  }
  return { ...upper, entries };
}

function mergeEntries(lower: ConfigEntry, upper: ConfigEntry, choose: Choose): ConfigEntry {
  if (lower.node.kind === "map" && upper.node.kind === "map") {
    return { ...upper, node: mergeMaps(lower.node, upper.node, choose) };
  }
  if (lower.node.kind === "list" && upper.node.kind === "list") {
    return { ...upper, node: { ...upper.node, items: [...lower.node.items, ...upper.node.items] } };
  }
  return choose(lower, upper);
}
