import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { HookAnswer, HookDefinition } from "../hook.ts";
import { HookManager } from "../hook-manager.ts";
import { cancel, modify } from "../hook-outcome.ts";

const POINT = "before_work";
const LENGTH = 6;

/** A point whose runs are not measured, so that hooks that answer with promises are walked along. */
function setUp(
  handlers: readonly HookDefinition["handler"][],
  settings: Readonly<Record<number, Partial<HookDefinition>>> = {},
) {
  const clock = new VirtualClock();
  const manager = new HookManager({}, { clock });
  {
    using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
    void manager.run(POINT, { data: {} });
  }
  const calls: number[] = [];
  for (const [index, handler] of handlers.entries()) {
    manager.register(POINT, {
      id: `h${index}`,
      handler: (context) => {
        calls.push(index);
        return handler(context);
      },
      ...settings[index],
    });
  }
  const start = async (signal?: AbortSignal) => manager.run(POINT, { data: {}, signal });
  const hooks = () => manager.stats()[0]?.hooks ?? [];
  const point = () => manager.stats()[0];
  return { clock, manager, calls, start, hooks, point };
}

const quiet = () => undefined;
const promised = async () => undefined;
const places = Array.from({ length: LENGTH }, (_, place) => place);
const all = (handler: HookDefinition["handler"]) => Array<HookDefinition["handler"]>(LENGTH).fill(handler);

describe("a walk along hooks that answer with promises", () => {
  it.each(places)("goes on when only hook %i does", async (place) => {
    const { start, calls, point, hooks } = setUp(all(quiet).with(place, promised));
    expect(await start()).toMatchObject({ status: "completed", report: Array(LENGTH).fill({ outcome: "continued" }) });
    expect(calls).toEqual(places);
    expect(point()).toMatchObject({ runs: 2, completed: 2, pending: 0 });
    expect(hooks().map(({ continued, pending }) => [continued, pending])).toEqual(Array(LENGTH).fill([1, 0]));
  });

  const outcomes: readonly (readonly [string, () => HookAnswer | Promise<HookAnswer>, object])[] = [
    ["a change later", async () => modify({ n: 1 }), { status: "completed", data: { n: 1 } }],
    ["a change at once", () => modify({ n: 1 }), { status: "completed", data: { n: 1 } }],
    ["a cancellation", async () => cancel("no"), { status: "cancelled" }],
  ];
  const answers = outcomes.flatMap((outcome) => places.map((place) => [...outcome, place] as const));

  it.each(answers)("hands over to the whole machinery at %s, hook %4$i", async (_, answer, expected, place) => {
    const { start, calls, hooks } = setUp(all(promised).with(place, answer));
    const run = await start();
    expect(run).toMatchObject(expected);
    expect(calls).toEqual(run.status === "cancelled" ? places.slice(0, place + 1) : places);
    for (const hook of hooks()) expect(hook).toMatchObject({ count: 1, pending: 0, late: 0, unresponsive: 0 });
  });

  it.each(places)("fails with hook %i, whether it throws or rejects", async (place) => {
    for (const broken of [() => Promise.reject(new Error("broken")), () => JSON.parse("{")]) {
      const { start, calls, hooks, point } = setUp(all(promised).with(place, broken));
      await expect(start()).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_FAILED" });
      expect(calls).toEqual(places.slice(0, place + 1));
      expect(point()).toMatchObject({ failed: 1, pending: 0 });
      expect(hooks().map(({ continued, failed, skipped }) => [continued, failed, skipped.run_ended])).toEqual(
        places.map((index) => [index < place ? 1 : 0, index === place ? 1 : 0, index > place ? 1 : 0]),
      );
    }
  });

  it.each(places)("ends when the caller aborts while hook %i is awaited", async (place) => {
    const { clock, start, calls, hooks, point } = setUp(all(({ clock }) => clock.sleep(10)));
    const caller = new AbortController();
    const running = start(caller.signal);
    await clock.advance(10 * place + 5);
    expect(hooks()[place]).toMatchObject({ pending: 1 });
    caller.abort(new Error("gone"));
    await expect(running).rejects.toThrow("gone");
    expect(hooks()[place]).toMatchObject({ pending: 0, unresponsive: 1, late: 0 });
    await clock.advance(100);
    expect(calls).toEqual(places.slice(0, place + 1));
    expect(hooks()[place]).toMatchObject({ unresponsive: 0, late: 1 });
    expect(point()).toMatchObject({ aborted: 1, pending: 0 });
    expect(hooks().map(({ continued, skipped }) => [continued, skipped.aborted])).toEqual(
      places.map((index) => (index < place ? [1, 0] : [0, 1])),
    );
  });

  it.each(places.slice(1))("ends when the condition of hook %i aborts, and does not call it", async (place) => {
    for (const holds of [true, false]) {
      const caller = new AbortController();
      const condition = () => {
        caller.abort(new Error("gone"));
        return holds;
      };
      const { start, calls, hooks } = setUp(all(promised), { [place]: { condition } });
      await expect(start(caller.signal)).rejects.toThrow("gone");
      expect(calls).toEqual(places.slice(0, place));
      expect(hooks()[place]).toMatchObject({ count: 1, skipped: { aborted: 1 }, late: 0 });
    }
  });

  it("leaves out hooks whose condition does not hold, and says so", async () => {
    const no = { condition: () => false };
    const { start, calls } = setUp(all(promised), { 0: no, 2: no, 5: no });
    expect((await start()).report.map(({ outcome }) => outcome)).toEqual([
      ...["skipped", "continued", "skipped", "continued", "continued", "skipped"],
    ]);
    expect(calls).toEqual([1, 3, 4]);
  });

  it("leaves no listener on the caller's signal, however it ends", async () => {
    const caller = new AbortController();
    const { signal } = caller;
    const listeners = new Set<unknown>();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners.add(args[1]);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners.delete(args[1]);
      remove(...args);
    };
    for (const last of [
      promised,
      async () => modify({ n: 1 }),
      () => cancel("no"),
      () => Promise.reject(new Error("broken")),
    ]) {
      await setUp(all(promised).with(LENGTH - 1, last))
        .start(signal)
        .catch(() => undefined);
    }
    expect(listeners.size).toBe(0);
  });
});
