import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { type ConfigMap, placeAt } from "../reading/config-node.ts";
import type { Catalog } from "./catalog.ts";
import type { FoundUse } from "./findings.ts";

/** Adds what the chosen implementations are built from, and what that is built from. */
export function withIndirectUses(
  chosen: readonly FoundUse[],
  catalog: Catalog,
  root: ConfigMap,
  diagnostics: Diagnostics,
): FoundUse[] {
  const all = new Map<string, FoundUse>();
  const add = (use: FoundUse): void => {
    const key = `${use.kind} ${use.name}`;
    if (all.has(key)) return;
    all.set(key, use);
    for (const needed of catalog.implementations.get(use.kind)?.get(use.name)?.uses ?? []) {
      add({ ...needed, path: use.path });
      if (catalog.implementations.get(needed.kind)?.has(needed.name)) continue;
      const message = `${use.kind} \`${use.name}\` is built from ${needed.kind} \`${needed.name}\`, which no plugin listed under \`plugins\` provides.`;
      diagnostics.error("LLMSPELL_E_IMPLEMENTATION_UNKNOWN", message, placeAt(root, use.path));
    }
  };
  for (const use of chosen) add(use);
  return [...all.values()];
}
