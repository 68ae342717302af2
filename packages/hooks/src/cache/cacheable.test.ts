import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { cancel, type HookOutcome, modify, replace, retry } from "../hook-outcome.ts";
import { isCacheable, isForOneReader } from "./cacheable.ts";

describe("isCacheable", () => {
  it.each<[string, HookOutcome | undefined]>([
    ["nothing", undefined],
    ["a patch", modify({ error: "data may be called so" })],
    ["a text", replace("answer")],
    ["null", replace(null)],
    ["an object", replace({ text: "answer", error: undefined })],
    ["a list", replace(["answer"])],
  ])("keeps %s", (_, outcome) => {
    expect(isCacheable(outcome)).toBe(true);
  });

  it.each<[string, HookOutcome]>([
    ["a cancellation", cancel("no")],
    ["a wish to retry", retry("again")],
    ["an error", replace(new TypeError("no"))],
    ["an error of another realm", replace(runInNewContext("new Error('no')"))],
    ["an object with an error", replace({ error: "no" })],
    ["a stream", replace(new ReadableStream())],
    ["an iterator", replace([1].values())],
    ["a promise", replace(Promise.resolve(1))],
  ])("does not keep %s", (_, outcome) => {
    expect(isCacheable(outcome)).toBe(false);
  });
});

describe("isForOneReader", () => {
  it("holds for a replacement by a stream, an iterator or a promise, and for nothing else", () => {
    const results = [new ReadableStream(), [1].values(), Promise.resolve(1)];
    expect(results.map((result) => isForOneReader(replace(result)))).toEqual([true, true, true]);
    const answers = [undefined, replace("text"), replace(new Error("no")), modify({}), cancel("no"), "garbage"];
    expect(answers.filter(isForOneReader)).toEqual([]);
  });

  it("does not throw for what cannot be looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect([isForOneReader(proxy), isForOneReader(replace(proxy))]).toEqual([false, false]);
  });
});
