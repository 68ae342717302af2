import { type HookHandler, HookManager, type HookRun, modify } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parallelStrategy } from "./parallel.ts";

const POINT = "before_work";

function setUp(onConflict: "error" | "first" | "last" = "error") {
  const clock = new VirtualClock();
  const manager = new HookManager({ onConflict }, { clock, strategy: parallelStrategy });
  const add = (id: string, delay: number, patch: Record<string, unknown>, ...dependsOn: readonly string[]) =>
    manager.register(POINT, {
      id,
      dependsOn,
      expectedDuration: delay,
      handler: async (context) => {
        await context.clock.sleep(delay);
        return modify(patch);
      },
    });
  const run = (): Promise<HookRun> => clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
  return { clock, manager, add, run };
}

describe("the parallel strategy", () => {
  it("takes as long as the critical path, not as the levels one after the other", async () => {
    const { clock, manager, add, run } = setUp();
    add("quick", 10, {});
    add("slow", 100, {});
    add("after_quick", 90, {}, "quick");
    add("join", 10, {}, "slow", "after_quick");
    await run();
    expect(clock.now()).toBe(110);
    expect(manager.plan(POINT)?.criticalPath.duration).toBe(110);
  });

  it("takes as long as the longest path through any graph, of up to 200 hooks", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const { clock, manager, add, run } = setUp();
        for (const [place, { delay, links }] of graph.entries()) add(`h${place}`, delay, {}, ...namesOf(links, place));
        const longest = longestPath(graph);
        if (graph.length > 0) await run();
        expect(clock.now()).toBe(longest);
        expect(manager.plan(POINT)?.criticalPath.duration ?? 0).toBe(longest);
      }),
      { numRuns: 40 },
    );
  });

  it("merges in plan order whichever hook was faster", async () => {
    const { add, run } = setUp();
    add("first", 50, { n: 1, a: 1 });
    add("second", 5, { n: 2, b: 2 }, "first");
    add("other", 1, { c: 3 });
    expect((await run()).data).toEqual({ n: 2, a: 1, b: 2, c: 3 });
  });

  it("shows a hook nothing of those it does not depend on", async () => {
    const { manager, add, run } = setUp();
    add("other", 1, { other: true });
    add("base", 10, { base: true });
    const seen: unknown[] = [];
    const note = ({ data }: { readonly data: unknown }) => {
      seen.push(data);
    };
    manager.register(POINT, { id: "reader", dependsOn: ["base"], handler: note });
    await run();
    expect(seen).toEqual([{ base: true }]);
  });

  it("shows a hook exactly what those have changed that it depends on, directly or not, in any graph", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const { manager, run } = setUp();
        const seen = new Map<string, unknown>();
        const expected = new Map<string, unknown>();
        for (const [place, { delay, links }] of graph.entries()) {
          const id = `h${place}`;
          const dependsOn = namesOf(links, place);
          expected.set(
            id,
            Object.assign({}, ...dependsOn.map((name) => ({ ...Object(expected.get(name)), [name]: 1 }))),
          );
          const handler: HookHandler = async ({ data, clock }) => {
            seen.set(id, data);
            await clock.sleep(delay);
            return modify({ [id]: 1 });
          };
          manager.register(POINT, { id, dependsOn, handler });
        }
        await run();
        expect(seen).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it("shows each hook of a chain what the one before has changed of one path", async () => {
    const { manager, run } = setUp();
    const seen: unknown[] = [];
    for (let place = 0; place < 20; place++) {
      const dependsOn = place === 0 ? [] : [`h${place - 1}`];
      const handler: HookHandler = ({ data }) => {
        seen.push(data["last"]);
        return place % 3 === 2 ? undefined : modify({ last: place });
      };
      manager.register(POINT, { id: `h${place}`, dependsOn, handler });
    }
    expect((await run()).data).toEqual({ last: 19 });
    expect(seen).toEqual([undefined, 0, 1, 1, 3, 4, 4, 6, 7, 7, 9, 10, 10, 12, 13, 13, 15, 16, 16, 18]);
  });

  it.each([
    ["first", 1],
    ["last", 2],
  ] as const)("settles a conflict once, for the %s, for whoever looks", async (onConflict, n) => {
    const { manager, add, run } = setUp(onConflict);
    add("a", 20, { n: 1 });
    add("b", 10, { n: 2 });
    add("join", 0, {}, "a", "b");
    expect((await run()).data).toEqual({ n });
    expect(manager.stats()[0]?.conflicts).toBe(1);
  });

  it("fails on a conflict between hooks that do not depend on each other", async () => {
    const { add, run } = setUp();
    add("a", 20, { user: { name: "a" } });
    add("b", 10, { user: { name: "b" } });
    await expect(run()).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_CONFLICT" });
  });
});

interface GraphHook {
  /** Milliseconds. */
  readonly delay: number;
  readonly links: readonly number[];
}

const randomGraph: fc.Arbitrary<readonly GraphHook[]> = fc.array(
  fc.record({ delay: fc.nat(50), links: fc.array(fc.nat(), { maxLength: 4, size: "max" }) }),
  { maxLength: 200, size: "max" },
);

/** Each depends on hooks before it. */
function namesOf(links: readonly number[], place: number): readonly string[] {
  return place === 0 ? [] : links.map((link) => `h${link % place}`);
}

/** By following every hook down to those that depend on none. */
function longestPath(graph: readonly GraphHook[]): number {
  const known = new Map<number, number>();
  const finish = (place: number): number => {
    const found = known.get(place);
    if (found !== undefined) return found;
    const { delay = 0, links = [] } = graph[place] ?? {};
    const before = place === 0 ? [] : links.map((link) => finish(link % place));
    const length = delay + Math.max(0, ...before);
    known.set(place, length);
    return length;
  };
  return Math.max(0, ...graph.keys().map(finish));
}
