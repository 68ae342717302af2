import { describe, expect, it } from "vitest";
import { disposeAll } from "./dispose-all.ts";

function resources(...failing: readonly number[]) {
  const disposed: number[] = [];
  const list = [1, 2, 3].map((number) => ({
    [Symbol.asyncDispose]: async () => {
      disposed.push(number);
      if (failing.includes(number)) throw new Error(`${number} is stuck`);
    },
  }));
  return { disposed, list };
}

describe("disposeAll", () => {
  it("disposes what can be disposed, the last first", async () => {
    const { disposed, list } = resources();
    await disposeAll([...list, {}]);
    expect(disposed).toEqual([3, 2, 1]);
  });

  it("disposes all, then throws what failed", async () => {
    const { disposed, list } = resources(2);
    await expect(disposeAll(list)).rejects.toThrow("2 is stuck");
    expect(disposed).toEqual([3, 2, 1]);
    await expect(disposeAll(resources(1, 3).list)).rejects.toMatchObject({
      errors: [new Error("3 is stuck"), new Error("1 is stuck")],
    });
  });
});
