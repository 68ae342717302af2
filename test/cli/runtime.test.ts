import { silentLog } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { createRuntime } from "llmspell";
import { describe, expect, it } from "vitest";
import { FIXTURES } from "./llmspell.ts";

const MONITORED = { plugins: ["@llmspell/monitor"], monitor: { interval: "50ms" } };

describe("createRuntime", () => {
  it("runs a configuration in memory, in the time that it is given", async () => {
    const clock = new VirtualClock();
    await using runtime = await createRuntime(
      { ...MONITORED, plugins: ["./rig.ts", "@llmspell/monitor"], rig: {} },
      { clock, directory: FIXTURES },
    );
    await runtime.start();
    await runtime.completed;
    await clock.advance(100);
    expect(runtime.monitor.history("channel", "work").map(({ at }) => at)).toEqual([0, 50, 100]);
    expect(runtime.readings().map(({ part, name }) => [part, name])).toEqual([
      ["channel", "work"],
      ["source", "rig"],
    ]);
    await runtime.drain();
    await runtime.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("runs a configuration file", async () => {
    await using runtime = await createRuntime(`${FIXTURES}rig.yaml`);
    expect(runtime.config.value["name"]).toBe("rigged");
    await runtime.start();
    await expect(runtime.completed).resolves.toBeUndefined();
  });

  it("rejects what does not check, with every diagnostic", async () => {
    await expect(createRuntime(`${FIXTURES}invalid.yaml`)).rejects.toMatchObject({
      code: "LLMSPELL_E_CONFIG_INVALID",
      diagnostics: [{ severity: "error" }, { severity: "error" }],
    });
  });

  it("says which section is missing when a part is asked for that it does not have", async () => {
    await using runtime = await createRuntime(MONITORED);
    await runtime.start();
    for (const part of ["hooks", "events", "tools", "agents", "pipelines"] as const) {
      expect(() => runtime[part]).toThrow(
        expect.objectContaining({
          code: "LLMSPELL_E_RUNTIME_SECTION",
          message: expect.stringContaining(`no section \`${part}\``),
        }),
      );
    }
  });

  it("offers its parts from the assembly on, in time for what must be there before the sources emit", async () => {
    await using runtime = await createRuntime(MONITORED);
    expect(() => runtime.monitor).toThrow(expect.objectContaining({ code: "LLMSPELL_E_RUNTIME_NOT_STARTED" }));
    let seen: unknown;
    runtime.kernel.hooks.start.tap("test", () => {
      seen = runtime.monitor;
    });
    await runtime.start();
    expect(runtime.monitor).toBe(seen);
  });

  it("says so when it is asked for its completion before its start", async () => {
    await using runtime = await createRuntime(MONITORED);
    expect(() => runtime.completed).toThrow(expect.objectContaining({ code: "LLMSPELL_E_RUNTIME_NOT_STARTED" }));
  });

  it("is never completed without sources", async () => {
    await using runtime = await createRuntime(MONITORED);
    await runtime.start();
    const pending = Symbol("pending");
    const first = await Promise.race([runtime.completed, new Promise((resolve) => setImmediate(resolve, pending))]);
    expect(first).toBe(pending);
  });
});

describe("the monitor in a runtime", () => {
  const watching = (when: string) => ({
    plugins: ["./rig.ts", "@llmspell/monitor"],
    rig: { events: 12 },
    monitor: { alerts: [{ name: "busy", when, for: "200ms" }] },
  });

  it("raises the alerts of the configuration", async () => {
    const clock = new VirtualClock();
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
    const config = watching("channel.work.received > 10");
    await using runtime = await createRuntime(config, { clock, log, directory: FIXTURES });
    await runtime.start();
    await clock.advance(100);
    expect(warnings).toEqual([]);
    await clock.advance(100);
    expect(warnings).toEqual(["Alert busy fired"]);
  });

  it("has its conditions checked with the configuration", async () => {
    await expect(createRuntime(watching("chanel.work.received > 10"), { directory: FIXTURES })).rejects.toMatchObject({
      diagnostics: [{ code: "LLMSPELL_E_EXPRESSION" }],
    });
  });
});
