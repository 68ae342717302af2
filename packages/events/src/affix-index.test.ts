import fc from "fast-check";
import { expect, it } from "vitest";
import { AffixIndex } from "./affix-index.ts";

it.each(["start", "end"] as const)("finds all that is filed under an affix at the %s, and nothing else", (side) => {
  const text = fc.array(fc.constantFrom("a", "b", "."), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.uniqueArray(text), fc.array(fc.nat(20)), text, (affixes, removed, asked) => {
      const index = new AffixIndex<string>(side);
      for (const affix of affixes) index.add(affix, affix);
      const gone = new Set(removed.map((place) => affixes[place]));
      for (const affix of affixes) if (gone.has(affix)) index.remove(affix, affix);
      const found: string[] = [];
      index.find(asked, (value) => found.push(value));
      const isAffix = (affix: string) => (side === "start" ? asked.startsWith(affix) : asked.endsWith(affix));
      expect(found.sort()).toEqual(affixes.filter((affix) => !gone.has(affix) && isAffix(affix)).sort());
    }),
    { numRuns: 1000 },
  );
});
