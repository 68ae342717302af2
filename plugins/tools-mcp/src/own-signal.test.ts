import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { underOwnSignal } from "./own-signal.ts";

it("lets go of the signals when the work is done, and aborts nothing afterwards", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const own = await underOwnSignal([first.signal, second.signal], async (signal) => signal);
  expect([first, second].map(({ signal }) => getEventListeners(signal, "abort"))).toEqual([[], []]);
  first.abort();
  expect(own.aborted).toBe(false);
});

it("aborts with the first signal that does, for its reason", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const signal = await underOwnSignal([first.signal, second.signal], async (own) => {
    second.abort("enough");
    first.abort("more");
    return own;
  });
  expect(signal.reason).toBe("enough");
});

it("does nothing under a signal that has aborted, and holds on to no other", async () => {
  const { signal } = new AbortController();
  let isDone = false;
  const work = async () => {
    isDone = true;
  };
  await expect(underOwnSignal([signal, AbortSignal.abort("before")], work)).rejects.toBe("before");
  expect(isDone).toBe(false);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
