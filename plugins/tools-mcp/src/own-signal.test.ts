import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { OwnSignal } from "./own-signal.ts";

it("lets go of the signals when it is released, and does not abort afterwards", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const own = new OwnSignal(first.signal, second.signal);
  own.release();
  expect([first, second].map(({ signal }) => getEventListeners(signal, "abort"))).toEqual([[], []]);
  first.abort();
  expect(own.signal.aborted).toBe(false);
});

it("aborts with the first signal that does, for its reason", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const own = new OwnSignal(first.signal, second.signal);
  second.abort("enough");
  first.abort("more");
  expect(own.signal.reason).toBe("enough");
});

it("is not made of a signal that has aborted, and holds on to no other", () => {
  const { signal } = new AbortController();
  expect(() => new OwnSignal(signal, AbortSignal.abort("before"))).toThrow("before");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
