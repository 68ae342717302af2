import { distance } from "fastest-levenshtein";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { type ConfigMap, nodeAt, placeAt } from "../reading/config-node.ts";
import type { Catalog } from "./catalog.ts";
import { LOCAL_MODULE } from "./compose-schema.ts";
import type { FoundUse } from "./findings.ts";

const IS_MODULE = new RegExp(LOCAL_MODULE);

/**
 * Warns where an option of a module of the user's own is nearly a key of its kind. Such a module has no schema, so that
 * any key beside `use` is taken for an option of it: a `timeout` that is misspelt would bound nothing, unseen.
 */
export function warnOfNearKeys(
  uses: readonly FoundUse[],
  root: ConfigMap,
  catalog: Catalog,
  diagnostics: Diagnostics,
): void {
  for (const { kind, name, path } of uses.filter((use) => IS_MODULE.test(use.name))) {
    const node = nodeAt(root, path);
    const known = Object.keys(catalog.kinds.get(kind)?.contract.properties ?? {});
    if (node.kind !== "map") continue;
    for (const key of node.entries.keys()) {
      const near = key === "use" || known.includes(key) ? undefined : known.find((each) => isSlip(key, each));
      if (near === undefined) continue;
      const message = `\`${key}\` is given to ${name.split("/").at(-1)} as an option of its own.`;
      const hint = `If the key \`${near}\` of every ${kind} is meant, write that.`;
      diagnostics.warn("LLMSPELL_E_CONFIG_UNKNOWN_KEY", message, placeAt(root, [...path, key], "key"), hint);
    }
  }
}

/** Whether a key is another one written slightly wrong. Short keys and plurals may well be meant. */
function isSlip(key: string, known: string): boolean {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
  if (plain(key) === plain(known)) return true;
  if (known.length < 5 || plain(key) === `${plain(known)}s`) return false;
  return distance(plain(key), plain(known)) <= (known.length < 7 ? 1 : 2);
}
