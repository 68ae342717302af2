import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HookContext } from "../hook-context.ts";
import { type ChainStop, chainHooks } from "./hook-chain.ts";

const context = {} as HookContext;

/** What a hook of a chain does: nothing, unless it says otherwise. */
interface Script {
  readonly does: "nothing" | "answer" | "throw" | "abort" | "abort and answer" | "abort and throw";
  readonly condition: "none" | "holds" | "fails" | "throws" | "aborts and holds" | "aborts and fails";
}

const QUIET: Script = { does: "nothing", condition: "none" };

/** Runs a chain of hooks that follow their scripts; what it came to, and which were called. */
function play(scripts: readonly Script[], hasSignal = true) {
  const caller = new AbortController();
  const called: string[] = [];
  const act = (script: string, name: string) => {
    called.push(name);
    if (script.startsWith("abort")) caller.abort();
    if (script.includes("throw")) throw name;
  };
  const hooks = scripts.map(({ does, condition }, index) => ({
    handler: () => {
      act(does, `h${index}`);
      return does.endsWith("answer") ? index : undefined;
    },
    condition:
      condition === "none"
        ? undefined
        : () => {
            act(condition, `c${index}`);
            return condition.endsWith("holds");
          },
  }));
  const stop = chainHooks(hooks)(context, hasSignal ? caller.signal : undefined);
  return { stop, called };
}

/** The same, in the plainest words. */
function expected(scripts: readonly Script[], hasSignal: boolean): ChainStop | undefined {
  const skipped: number[] = [];
  const stop = (done: number, held: ChainStop["held"]) => ({
    done,
    held,
    skipped: skipped.length > 0 ? skipped : undefined,
  });
  for (const [index, { does, condition }] of scripts.entries()) {
    if (condition === "throws") return stop(index, { error: `c${index}` });
    if (condition.startsWith("abort") && hasSignal) return stop(index, undefined);
    if (condition.endsWith("fails")) {
      skipped.push(index);
      continue;
    }
    if (does.endsWith("throw")) return stop(index, { error: `h${index}` });
    if (does.endsWith("answer")) return stop(index, { answer: index });
    if (does === "abort" && hasSignal) return stop(index, { answer: undefined });
  }
  return skipped.length > 0 ? stop(scripts.length, undefined) : undefined;
}

const LENGTHS = [0, 1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 100] as const;

describe("a chain of hooks", () => {
  it.each(LENGTHS)("of %i calls each in order, and comes to the end", (length) => {
    const { stop, called } = play(Array(length).fill(QUIET));
    expect(stop).toBeUndefined();
    expect(called).toEqual(Array.from({ length }, (_, index) => `h${index}`));
  });

  const everything = (["nothing", "answer", "throw", "abort", "abort and answer", "abort and throw"] as const).flatMap(
    (does) =>
      (["none", "holds", "fails", "throws", "aborts and holds", "aborts and fails"] as const).map((condition) => ({
        does,
        condition,
      })),
  );

  it.each(LENGTHS.filter((length) => length > 0))(
    "of %i stops where a hook or condition says so, at every position",
    (length) => {
      for (const script of everything) {
        for (let place = 0; place < length; place++) {
          const scripts = Array<Script>(length).fill(QUIET).with(place, script);
          for (const hasSignal of [true, false])
            expect(play(scripts, hasSignal).stop).toEqual(expected(scripts, hasSignal));
        }
      }
    },
  );

  it("calls no hook after it has stopped, and none whose condition does not hold", () => {
    const scripts = Array<Script>(70)
      .fill(QUIET)
      .with(3, { does: "throw", condition: "fails" })
      .with(66, { does: "answer", condition: "holds" });
    const { stop, called } = play(scripts);
    expect(stop).toEqual({ done: 66, held: { answer: 66 }, skipped: [3] });
    expect(called).toHaveLength(68);
    expect(called.slice(-2)).toEqual(["c66", "h66"]);
    expect(called).not.toContain("h3");
  });

  it("comes to the same as a plain loop, whatever its hooks do", () => {
    const quiet = { weight: 20, arbitrary: fc.constant(QUIET) };
    const some = {
      weight: 4,
      arbitrary: fc.constantFrom<Script>(
        { does: "nothing", condition: "fails" },
        { does: "nothing", condition: "holds" },
      ),
    };
    const any = { weight: 1, arbitrary: fc.constantFrom<Script>(...everything) };
    fc.assert(
      fc.property(fc.array(fc.oneof(quiet, some, any), { maxLength: 130 }), fc.boolean(), (scripts, hasSignal) => {
        expect(play(scripts, hasSignal).stop).toEqual(expected(scripts, hasSignal));
      }),
    );
  });

  it("gives each run a list of skipped hooks of its own", () => {
    const chain = chainHooks(Array(40).fill({ handler: () => undefined, condition: () => false }));
    const [first, second] = [chain(context, undefined), chain(context, undefined)];
    expect(first).toEqual(second);
    expect(first?.skipped).not.toBe(second?.skipped);
  });
});

/** Prints what chains and runs come to; a program of its own, because the flag holds for a whole process. */
const PROGRAM = `
  import { cancel, HookManager, modify } from "@llmspell/hooks";
  import { chainHooks } from "./src/plan/hook-chain.ts";
  let canGenerate = true;
  try {
    new Function("");
  } catch {
    canGenerate = false;
  }
  const kinds = ["answer", "throw", "abort", "skip"];
  const chains = [1, 32, 33, 70].flatMap((length) => kinds.flatMap((kind) => [...Array(length).keys()].map((place) => {
    const caller = new AbortController();
    const act = () => {
      if (kind === "throw") throw "thrown";
      if (kind === "abort") caller.abort();
      return kind === "answer" ? "answered" : undefined;
    };
    const hooks = Array.from({ length }, (_, index) => ({
      handler: () => (index === place ? act() : undefined),
      condition: kind === "skip" ? () => index !== place : undefined,
    }));
    return chainHooks(hooks)({}, caller.signal) ?? null;
  })));
  const runs = [];
  for (const answer of [() => undefined, () => modify({ n: 1 }), () => cancel("no"), async () => modify({ n: 2 })]) {
    const hooks = new HookManager();
    for (let index = 0; index < 40; index++) {
      hooks.register("before_work", { id: "h" + index, handler: index === 35 ? answer : () => undefined });
    }
    for (let time = 0; time < 3; time++) runs.push(await hooks.run("before_work", { data: {} }));
  }
  console.log(JSON.stringify({ canGenerate, chains, runs }));
`;

describe("where code must not be made from strings", () => {
  it("a chain comes to the same, and so does a manager", () => {
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const flags = ["--conditions=@llmspell/source", "--no-warnings", "--input-type=module"];
    const run = (...more: readonly string[]) => {
      const output = execFileSync(process.execPath, [...flags, ...more, "--eval", PROGRAM], { cwd, timeout: 60_000 });
      return JSON.parse(output.toString());
    };
    const usual = run();
    const strict = run("--disallow-code-generation-from-strings");
    expect([usual.canGenerate, strict.canGenerate]).toEqual([true, false]);
    expect(usual.chains).toHaveLength(4 * (1 + 32 + 33 + 70));
    expect(usual.runs).toHaveLength(12);
    expect({ ...strict, canGenerate: true }).toEqual(usual);
  }, 120_000);
});
