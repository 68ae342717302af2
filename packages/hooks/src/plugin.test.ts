import { Kernel } from "@llmspell/kernel";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type {} from "./section.ts";

describe("the section hooks", () => {
  it("gives up draining when the kernel does", async () => {
    const plugins = ["@llmspell/hooks", "@llmspell/plugin-hook-strategies"];
    const kernel = new Kernel({ clock: new VirtualClock() });
    await kernel.load({ config: { name: "test", plugins, hooks: {} }, directory: import.meta.dirname });
    await kernel.start();
    const hooks = kernel.service("hooks");
    const held = Promise.withResolvers<void>();
    let isRunning = false;
    const handler = async () => {
      isRunning = true;
      await held.promise;
    };
    hooks?.register("published", { id: "slow", mode: "background", handler });
    await hooks?.run("published", { data: {} });
    expect(isRunning).toBe(true);
    await kernel.hooks.drain.promise({ signal: AbortSignal.abort() });
    held.resolve();
    await kernel.stop();
  });
});
