import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { hookErrors } from "../errors.ts";
import { modify } from "../hook-outcome.ts";
import { AnswerStore } from "./answer-store.ts";
import { SingleFlight } from "./single-flight.ts";

/** Calls whose answers the test gives; `begun` are the ones that were executed, in order. */
function setUp() {
  const flights = new SingleFlight<string>();
  const begun: { name: string; answer: PromiseWithResolvers<string> }[] = [];
  let version = 1;
  const call = (name: string, signal?: AbortSignal, key = "key") =>
    flights.run(key, {
      version: () => version,
      execute: () => {
        const answer = Promise.withResolvers<string>();
        begun.push({ name, answer });
        return answer.promise;
      },
      signal,
    });
  const invalidate = () => {
    version++;
  };
  const names = () => begun.map(({ name }) => name);
  const answerOf = (index: number) => {
    const answer = begun[index]?.answer;
    if (answer === undefined) throw new Error(`Only ${begun.length} calls were executed.`);
    return answer;
  };
  return { flights, call, invalidate, names, answerOf };
}

/** Lets everything go on that waits for nothing but promises. */
const turn = () => new VirtualClock().advance(0);

describe("SingleFlight", () => {
  it("executes once for concurrent equal calls, and anew afterwards", async () => {
    const { flights, call, names, answerOf } = setUp();
    const calls = [call("first"), call("second"), call("third")];
    expect(flights.figures()).toEqual({ pending: 1, joined: 2, restarted: 0 });
    answerOf(0).resolve("answer");
    expect(await Promise.all(calls)).toEqual(["answer", "answer", "answer"]);
    expect(flights.figures().pending).toBe(0);
    const later = call("later");
    answerOf(1).resolve("another");
    expect(await later).toBe("another");
    expect(names()).toEqual(["first", "later"]);
  });

  it("keeps calls of different keys apart", () => {
    const { flights, call, names } = setUp();
    void call("a", undefined, "key-a");
    void call("b", undefined, "key-b");
    expect(names()).toEqual(["a", "b"]);
    expect(flights.figures()).toEqual({ pending: 2, joined: 0, restarted: 0 });
  });

  it("gives what comes at once as it is, without a promise", () => {
    const flights = new SingleFlight<string>();
    const call = { version: () => 1, execute: (version: number) => `at ${version}` };
    expect(flights.run("key", call)).toBe("at 1");
    expect(flights.figures()).toEqual({ pending: 0, joined: 0, restarted: 0 });
    const failing = () => flights.run("key", { version: () => 1, execute: () => JSON.parse("{") });
    expect(failing).toThrow(SyntaxError);
    expect(flights.figures().pending).toBe(0);
  });

  it("shares the leader's failure", async () => {
    const { flights, call, names, answerOf } = setUp();
    const calls = [call("leader"), call("follower")];
    const failure = new Error("broken");
    answerOf(0).reject(failure);
    const settled = await Promise.allSettled(calls);
    expect(settled).toEqual(Array(2).fill({ status: "rejected", reason: failure }));
    expect(names()).toEqual(["leader"]);
    expect(flights.figures().pending).toBe(0);
  });
});

describe("SingleFlight: aborts", () => {
  it("lets one follower begin anew, and the others wait for it, when the leader's run is aborted", async () => {
    const { flights, call, names, answerOf } = setUp();
    const leading = new AbortController();
    const leader = call("leader", leading.signal);
    const followers = [call("a", new AbortController().signal), call("b"), call("c")];
    leading.abort();
    await turn();
    expect(names()).toHaveLength(2);
    expect(flights.figures()).toMatchObject({ pending: 1, restarted: 3 });
    answerOf(1).resolve("anew");
    expect(await Promise.all(followers)).toEqual(["anew", "anew", "anew"]);
    answerOf(0).resolve("late");
    expect(await leader).toBe("late");
    expect(flights.figures().pending).toBe(0);
  });

  it("does so however often leaders are aborted", async () => {
    const { call, names, answerOf } = setUp();
    const controllers = [new AbortController(), new AbortController(), new AbortController()];
    const calls = Promise.allSettled(controllers.map((controller, index) => call(String(index), controller.signal)));
    const last = call("last");
    for (const controller of controllers) {
      controller.abort();
      await turn();
    }
    expect(names().at(-1)).toBe("last");
    answerOf(names().length - 1).resolve("answer");
    expect(await last).toBe("answer");
    for (let index = 0; index < names().length - 1; index++) answerOf(index).reject(new Error("aborted"));
    expect((await calls).every(({ status }) => status === "rejected")).toBe(true);
  });

  it("shares the leader's timeout as a failure, so that each follower does not hang in turn", async () => {
    const { call, names } = setUp();
    const leading = new AbortController();
    void call("leader", leading.signal);
    const follower = call("follower");
    const timeout = hookErrors.LLMSPELL_E_HOOK_TIMEOUT({ hook: "slow", point: "before_work", timeout: 10 });
    leading.abort(timeout);
    await expect(follower).rejects.toBe(timeout);
    void call("later");
    expect(names()).toEqual(["leader", "later"]);
  });

  it("lets a follower go with its own signal's reason, and nobody else", async () => {
    const { call, names, answerOf } = setUp();
    const leaving = new AbortController();
    const leader = call("leader");
    const follower = call("follower", leaving.signal);
    const other = call("other");
    leaving.abort(new Error("gone"));
    await expect(follower).rejects.toThrow("gone");
    answerOf(0).resolve("answer");
    expect([await leader, await other]).toEqual(["answer", "answer"]);
    expect(names()).toEqual(["leader"]);
  });

  it("lets nobody join a leader whose run had been aborted before", () => {
    const { flights, call, names } = setUp();
    void call("leader", AbortSignal.abort());
    expect(flights.figures().pending).toBe(0);
    void call("next");
    expect(names()).toEqual(["leader", "next"]);
  });

  it("leaves no listener on the leader's signal", async () => {
    const { call, answerOf } = setUp();
    const controller = new AbortController();
    const listeners = { added: 0, removed: 0 };
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners.added++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners.removed++;
      remove(...args);
    };
    const answer = call("leader", signal);
    answerOf(0).resolve("answer");
    await answer;
    expect(listeners).toEqual({ added: 1, removed: 1 });
  });
});

describe("SingleFlight: invalidation", () => {
  it("lets a call after an invalidation not join a flight from before it", async () => {
    const { flights, call, invalidate, names, answerOf } = setUp();
    const before = call("before");
    invalidate();
    const after = call("after");
    const joined = call("joined");
    expect(names()).toEqual(["before", "after"]);
    answerOf(0).resolve("old");
    expect(await before).toBe("old");
    expect(flights.figures().pending).toBe(1);
    answerOf(1).resolve("new");
    expect(await Promise.all([after, joined])).toEqual(["new", "new"]);
    expect(flights.figures().pending).toBe(0);
  });

  it("keeps with the store what nobody invalidated, and nothing else", async () => {
    const store = new AnswerStore({ maxEntries: 10, maxBytes: 10_000 }, { clock: new VirtualClock() });
    const flights = new SingleFlight<string>();
    const keys = ["before_work.enrich", "repo:1"];
    const answers: PromiseWithResolvers<string>[] = [];
    const kept: string[] = [];
    const call = () =>
      flights.run("key", {
        version: () => store.versionOf(keys),
        execute: async (version) => {
          const answer = Promise.withResolvers<string>();
          answers.push(answer);
          const text = await answer.promise;
          kept.push(store.set("key", modify({ text }), 1000, keys, version));
          return text;
        },
      });
    const old = call();
    store.invalidate("repo:1");
    const young = call();
    answers[1]?.resolve("new");
    expect(await young).toBe("new");
    answers[0]?.resolve("old");
    expect(await old).toBe("old");
    expect(kept).toEqual(["kept", "outdated"]);
    expect(store.get("key")).toMatchObject({ outcome: modify({ text: "new" }), isFresh: true });
  });
});
