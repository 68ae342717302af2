import { readFileSync } from "node:fs";
import type { Log, Reading } from "@llmspell/base";
import { silentLog } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { Alert, AlertNotice } from "./alert.ts";
import { ALERT_VARIABLES } from "./alert-scope.ts";
import type { AlertOptions } from "./generated/options.ts";
import { PerformanceMonitor } from "./performance-monitor.ts";

/** A monitor of one channel, `work`, whose figures a test sets; it samples every 100 ms. */
function watch(alert: Omit<AlertOptions, "notify">, target?: Alert) {
  const clock = new VirtualClock();
  const notices: AlertNotice[] = [];
  const messages: string[] = [];
  const note = (message: string) => messages.push(message);
  const log: Log = { ...silentLog, info: note, warn: note, error: note };
  const figures = { in: 0, out: 0, shed: 0, failed: 0, pending: 0 };
  const isThere = { value: true };
  const duration = { count: 1, mean: 1, p50: 1, p99: 40, max: 50 };
  const collect = (): Reading[] => [
    { part: "channel", name: "work", ...figures, duration, details: { queueDepth: 7 } },
    { part: "hook point", name: "before_llm_call", ...figures },
    ...(isThere.value ? [{ part: "mail queue", name: "out", ...figures }] : []),
  ];
  const recorder: Alert = { notify: (notice) => void notices.push(notice) };
  const monitor = new PerformanceMonitor(
    { alerts: [{ ...alert, notify: ["recorder"] }] },
    { collect, clock, log, createAlert: () => target ?? recorder },
  );
  return { clock, notices, messages, figures, isThere, monitor };
}

describe("an alert", () => {
  it("fires once when its condition has held for long enough, and is resolved once when it ceases to hold", async () => {
    const { clock, notices, figures, monitor } = watch({
      name: "full",
      when: "channel.work.pending > 8",
      for: "250ms",
    });
    monitor.start();
    await clock.advance(100);
    figures.pending = 9;
    await clock.advance(300);
    expect(notices).toEqual([]);
    expect(monitor.snapshot().alerts[0]?.state).toBe("holding");
    await clock.advance(400);
    figures.pending = 8;
    await clock.advance(300);
    const when = "channel.work.pending > 8";
    expect(notices).toEqual([
      { state: "fired", name: "full", when, at: 500, held: 300 },
      { state: "resolved", name: "full", when, at: 900, held: 700 },
    ]);
    expect(monitor.snapshot().alerts).toEqual([{ name: "full", when, state: "ok", fired: 1, failedNotices: 0 }]);
  });

  it("begins to hold anew after a break, and can fire again", async () => {
    const { clock, notices, figures, monitor } = watch({ when: "channel.work.pending > 0", for: "150ms" });
    monitor.start();
    for (const pending of [1, 1, 0, 1, 1, 1, 0, 1, 1, 1]) {
      figures.pending = pending;
      await clock.advance(100);
    }
    expect(notices.map(({ state, at }) => [state, at])).toEqual([
      ["fired", 600],
      ["resolved", 700],
      ["fired", 1000],
    ]);
    expect(monitor.snapshot().alerts[0]?.fired).toBe(2);
  });

  it("without a hold time fires with the first sample in which it holds", async () => {
    const { clock, notices, figures, monitor } = watch({ when: "channel.work.failed >= 1" });
    figures.failed = 1;
    monitor.start();
    await clock.advance(0);
    expect(notices).toMatchObject([{ state: "fired", name: "channel.work.failed >= 1", at: 0, held: 0 }]);
  });

  it.each([
    "channel.work.received > 50",
    "channel.work.queueDepth == 7",
    "channel.work.duration.p99 > 39.5",
    "channel.work.rates.received > 90 && channel.work.rates.received < 110",
    "hook_point.before_llm_call.received > 50",
    "part.mail_queue.out.received > 50 && part.channel.work.received > 50",
    'hook_point["before_llm_call"].received > channel.work.shed',
    "channel.exists(name, channel[name].pending == 0) && pool.all(name, false)",
  ])("sees counters, details, durations and rates: %s", async (when) => {
    const { clock, messages, figures, monitor } = watch({ when });
    monitor.start();
    figures.in = 100;
    await clock.advance(1000);
    expect(messages).toEqual([]);
    expect(monitor.snapshot().alerts[0]).toMatchObject({ state: "firing" });
  });

  it("that names a part which is not there is unknown, which is said once", async () => {
    const { clock, notices, messages, monitor } = watch({ name: "typo", when: "channel.wrok.pending > 8" });
    monitor.start();
    await clock.advance(500);
    expect(monitor.snapshot().alerts[0]?.state).toBe("unknown");
    expect(notices).toEqual([]);
    expect(messages).toEqual([expect.stringMatching(/^Alert typo cannot be decided: .*wrok/)]);
  });

  it("that fires is not resolved by a part that is away for a while", async () => {
    const { clock, notices, figures, isThere, monitor } = watch({ when: "part.mail_queue.out.pending > 8" });
    figures.pending = 9;
    monitor.start();
    isThere.value = false;
    await clock.advance(200);
    expect(monitor.snapshot().alerts[0]).toMatchObject({ state: "unknown", fired: 1 });
    isThere.value = true;
    await clock.advance(100);
    expect(monitor.snapshot().alerts[0]).toMatchObject({ state: "firing", fired: 1 });
    figures.pending = 0;
    await clock.advance(100);
    expect(notices.map(({ state }) => state)).toEqual(["fired", "resolved"]);
  });

  it("does not hold up the stop by a notice that never ends", async () => {
    const deaf: Alert = { notify: () => new Promise(() => {}) };
    const { clock, messages, monitor } = watch({ when: "channel.work.pending == 0" }, deaf);
    monitor.start();
    const stopped = monitor[Symbol.asyncDispose]();
    await clock.advance(1000);
    await stopped;
    expect(messages).toEqual(["Notices of alerts left behind: 1."]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("counts and logs a notice that fails, and goes on", async () => {
    const failing: Alert = { notify: () => Promise.reject(new Error("no network")) };
    const { clock, messages, figures, monitor } = watch({ name: "full", when: "channel.work.pending > 8" }, failing);
    figures.pending = 9;
    monitor.start();
    await clock.advance(200);
    expect(monitor.snapshot().alerts[0]).toMatchObject({ state: "firing", failedNotices: 1 });
    expect(messages).toEqual(["Nobody was told that alert full fired: no network"]);
  });

  it("that is still being told when the monitor is disposed is given up, and awaited", async () => {
    const reasons: unknown[] = [];
    const slow: Alert = {
      notify: (_notice, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason);
            resolve();
          });
        }),
    };
    const { clock, monitor } = watch({ when: "channel.work.pending == 0" }, slow);
    monitor.start();
    await clock.advance(100);
    await monitor[Symbol.asyncDispose]();
    expect(reasons).toEqual([new Error("The monitor stops.")]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("the alert log", () => {
  it("is who is told unless the alert says otherwise", async () => {
    const clock = new VirtualClock();
    const messages: unknown[] = [];
    const log: Log = {
      ...silentLog,
      warn: (message, fields) => messages.push(["warn", message, fields]),
      info: (message, fields) => messages.push(["info", message, fields]),
    };
    let pending = 1;
    const collect = () => [{ part: "pool", name: "search", in: 1, out: 0, shed: 0, failed: 0, pending }];
    const when = "pool.search.pending > 0";
    const monitor = new PerformanceMonitor({ alerts: [{ name: "busy", when }] }, { collect, clock, log });
    monitor.start();
    await clock.advance(100);
    pending = 0;
    await clock.advance(100);
    expect(messages).toEqual([
      ["warn", "Alert busy fired", { when, held: 0 }],
      ["info", "Alert busy resolved", { when, held: 200 }],
    ]);
  });

  it("is all that the library knows by name", () => {
    const create = () =>
      new PerformanceMonitor({ alerts: [{ when: "true", notify: ["pager"] }] }, { collect: () => [] });
    expect(create).toThrow(expect.objectContaining({ code: "LLMSPELL_E_MONITOR_ALERT" }));
  });
});

it("refuses a condition that does not compile", () => {
  const create = () => new PerformanceMonitor({ alerts: [{ when: "chanel.work.pending > 8" }] }, { collect: () => [] });
  expect(create).toThrow(expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION" }));
});

it("the schema lets conditions name exactly the parts that they get", () => {
  const schema = JSON.parse(readFileSync(new URL("../schemas/monitor.schema.json", import.meta.url), "utf8"));
  expect(schema.definitions.alert.properties.when["x-cel"]).toEqual(ALERT_VARIABLES);
});
