import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GlobRoute } from "./glob-route.ts";

describe("GlobRoute", () => {
  it.each<[glob: string, taken: readonly string[], left: readonly string[]]>([
    ["a.*", ["a.b", "a.b-c/d"], ["a", "a.", "a.b.c", "ab", "x.a.b"]],
    ["a*.b", ["a.b", "axy.b"], ["a.x.b", "xa.b"]],
    ["**", ["a", "a.b.c"], [""]],
    ["a.**", ["a", "a.b", "a.b.c"], ["ab", "ab.c"]],
    ["**.z", ["z", "a.z", "a.b.z"], ["az", "z.a"]],
    ["a.**.z", ["a.z", "a.b.z", "a.b.c.z"], ["a", "z", "a.bz"]],
    ["a**z", ["az", "abz"], ["a.z"]],
    ["a?c", ["abc"], ["ac", "a.c", "abbc"]],
    ["{push,release.**}", ["push", "release", "release.a.b"], ["pushed", "pull"]],
    ["a.{b,{c,d*}}.e", ["a.b.e", "a.c.e", "a.dd.e"], ["a.e", "a.bc.e"]],
    ["a,b", ["a,b"], ["a", "b"]],
    ["[x]+(y)|$", ["[x]+(y)|$"], ["x", "xy"]],
    ["\u00e4.\ud83d\ude80?", ["\u00e4.\ud83d\ude80x", "\u00e4.\ud83d\ude80\ud83d\ude80"], ["\u00e4.\ud83d\ude80"]],
  ])("%s", (glob, taken, left) => {
    const route = new GlobRoute(glob);
    expect(taken.filter((type) => !route.matchesType(type))).toEqual([]);
    expect(left.filter((type) => route.matchesType(type))).toEqual([]);
  });

  it.each(["{a", "a}", "}a{", "{a,{b}"])("refuses %s", (glob) => {
    expect(() => new GlobRoute(glob)).toThrow(expect.objectContaining({ code: "LLMSPELL_E_EVENT_ROUTE_GLOB" }));
  });

  it("takes time linear in the type, whatever the glob", () => {
    const type = `${"a-".repeat(5000)}y`;
    for (const glob of ["*-*-*-*-*-*-*-x", "**.*a*a*a*a*x", "{*a,*-}{*a,*-}{*a,*-}x"]) {
      const startedAt = process.cpuUsage().user;
      expect(new GlobRoute(glob).matchesType(type)).toBe(false);
      expect(process.cpuUsage().user - startedAt).toBeLessThan(1_000_000);
    }
  });

  it("claims of what it begins and ends with only what is so", () => {
    const piece = fc.constantFrom("a", "b", ".", "*", "**", "?", "{a,b}", "{a,**}", "a.**", "**.b", "-");
    const globs = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));
    const types = fc.array(fc.constantFrom("a", "b", ".", "-", "ab"), { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(globs, types, (glob, type) => {
        const route = new GlobRoute(glob);
        if (!route.matchesType(type)) return;
        expect(type === (route.type ?? type)).toBe(true);
        expect(type.startsWith(route.prefix ?? "")).toBe(true);
        expect(type.endsWith(route.suffix ?? "")).toBe(true);
        expect(type.length).toBeGreaterThanOrEqual((route.prefix ?? "").length + (route.suffix ?? "").length);
      }),
      { numRuns: 3000 },
    );
  });
});
