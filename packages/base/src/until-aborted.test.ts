import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { untilAborted } from "./until-aborted.ts";

describe("untilAborted", () => {
  it("passes on how the promise ends, and leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const failure = new Error("broken");
    await expect(untilAborted(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(untilAborted(Promise.reject(failure), signal)).rejects.toBe(failure);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("rejects with the signal's reason as soon as it aborts, and takes a later rejection upon itself", async () => {
    const controller = new AbortController();
    const work = Promise.withResolvers<void>();
    const waited = untilAborted(work.promise, controller.signal);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort("enough");
    await expect(waited).rejects.toBe("enough");
    work.reject(new Error("too late"));
    await expect(untilAborted(work.promise, controller.signal)).rejects.toBe("enough");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("waits for as long as it takes without a signal", async () => {
    await expect(untilAborted(Promise.resolve("done"), undefined)).resolves.toBe("done");
  });
});
