import { describe, expect, it } from "vitest";
import { SessionStore } from "./session-store.ts";

const { signal } = new AbortController();

function answer(text: string) {
  return async () => ({ text });
}

async function recall(store: SessionStore, id: string): Promise<unknown[]> {
  const { earlier } = await store.converse(id, "?", signal, async (messages) => ({ text: "", earlier: messages }));
  return earlier.map(({ content }) => content);
}

describe("a session", () => {
  it("remembers questions and answers, the last ones only", async () => {
    const store = new SessionStore({ maxMessages: 5, maxSessions: 10 });
    for (const n of [1, 2, 3]) await store.converse("a", `question ${n}`, signal, answer(`answer ${n}`));
    expect(await recall(store, "a")).toEqual(["question 2", "answer 2", "question 3", "answer 3"]);
    expect(await recall(store, "b")).toEqual([]);
  });

  it("forgets chats that failed, or gave no text", async () => {
    const store = new SessionStore({ maxMessages: 10, maxSessions: 10 });
    await store.converse("a", "nothing", signal, answer(""));
    await expect(store.converse("a", "fault", signal, () => Promise.reject(new Error("down")))).rejects.toThrow("down");
    expect(await recall(store, "a")).toEqual([]);
  });

  it("runs its chats one after the other, and those of others meanwhile", async () => {
    const store = new SessionStore({ maxMessages: 10, maxSessions: 10 });
    const gate = Promise.withResolvers<void>();
    const first = store.converse("a", "first", signal, async () => {
      await gate.promise;
      return { text: "one" };
    });
    const second = recall(store, "a");
    expect(await recall(store, "b")).toEqual([]);
    gate.resolve();
    await first;
    expect(await second).toEqual(["first", "one"]);
  });

  it("keeps its order when a chat gives up waiting for its turn", async () => {
    const store = new SessionStore({ maxMessages: 10, maxSessions: 10 });
    const gate = Promise.withResolvers<void>();
    const first = store.converse("a", "first", signal, async () => {
      await gate.promise;
      return { text: "one" };
    });
    const abort = new AbortController();
    const second = store.converse("a", "second", abort.signal, answer("two"));
    const third = recall(store, "a");
    abort.abort("enough");
    await expect(second).rejects.toBe("enough");
    gate.resolve();
    await first;
    expect(await third).toEqual(["first", "one"]);
  });

  it("goes when it was not used for longest and there are too many, but never while a chat is under way", async () => {
    const store = new SessionStore({ maxMessages: 10, maxSessions: 2 });
    const gate = Promise.withResolvers<void>();
    const busy = store.converse("busy", "?", signal, async () => {
      await gate.promise;
      return { text: "done" };
    });
    for (const id of ["a", "b", "c"]) await store.converse(id, "?", signal, answer(id));
    expect(store.size).toBe(2);
    gate.resolve();
    await busy;
    expect(await recall(store, "busy")).toEqual(["?", "done"]);
    expect(await recall(store, "c")).toEqual(["?", "c"]);
    expect(await recall(store, "a")).toEqual([]);
  });
});
