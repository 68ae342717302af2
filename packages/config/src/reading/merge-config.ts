import { isDeepStrictEqual } from "node:util";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { locate } from "../diagnostics/format-diagnostic.ts";
import { type ConfigEntry, type ConfigMap, plainValue } from "./config-node.ts";

/**
 * Merges the files of a configuration: maps key by key, lists joined in the order of the files, and of two single
 * values the one of the file that outranks the other.
 */
export class ConfigMerger {
  readonly #outranks: (upper: ConfigEntry, lower: ConfigEntry) => boolean;
  /** For an entry that was taken: those that it does not outrank, and that say something else. */
  readonly #rivals = new Map<ConfigEntry, readonly ConfigEntry[]>();

  /** @param outranks whether an entry's file imports the other's, directly or through others */
  constructor(outranks: (upper: ConfigEntry, lower: ConfigEntry) => boolean) {
    this.#outranks = outranks;
  }

  merge(lower: ConfigMap, upper: ConfigMap): ConfigMap {
    const entries = new Map(lower.entries);
    for (const [key, entry] of upper.entries) {
      const other = entries.get(key);
      entries.set(key, other === undefined ? entry : this.#mergeEntries(other, entry));
    }
    return { ...upper, entries };
  }

  /** Reports every value of the merged configuration that two files set, neither of which outranks the other. */
  reportConflicts({ entries }: ConfigMap, diagnostics: Diagnostics, directory: string): void {
    for (const entry of entries.values()) {
      for (const rival of this.#rivals.get(entry) ?? []) {
        const message = `Two imported files set this key; the other is at ${locate(rival.keyPlace, directory)}.`;
        const hint = "Set it in the importing file, which outranks both, or in one of them only.";
        diagnostics.error("LLMSPELL_E_IMPORT_CONFLICT", message, entry.keyPlace, hint);
      }
      if (entry.node.kind === "map") this.reportConflicts(entry.node, diagnostics, directory);
    }
  }

  #mergeEntries(lower: ConfigEntry, upper: ConfigEntry): ConfigEntry {
    if (lower.node.kind === "map" && upper.node.kind === "map") {
      return { ...upper, node: this.merge(lower.node, upper.node) };
    }
    if (lower.node.kind === "list" && upper.node.kind === "list") {
      return { ...upper, node: { ...upper.node, items: [...lower.node.items, ...upper.node.items] } };
    }
    const rivals = [...(this.#rivals.get(lower) ?? []), lower].filter(
      (other) => !this.#outranks(upper, other) && !isSame(upper, other),
    );
    this.#rivals.set(upper, rivals);
    return upper;
  }
}

function isSame(one: ConfigEntry, other: ConfigEntry): boolean {
  return isDeepStrictEqual(plainValue(one.node), plainValue(other.node));
}
