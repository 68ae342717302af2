import { defineErrors, type Log, silentLog } from "@llmspell/base";
import { type BusEvent, EventBus } from "@llmspell/events";
import { cancel, HookManager, modify, replace, retry } from "@llmspell/hooks";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { type Tool, ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { Pipeline, type PipelineDependencies } from "./pipeline.ts";
import type { PipelineOptions, PipelineStep } from "./section.ts";
import type { StepScope } from "./step.ts";

const event: BusEvent = {
  id: "e1",
  type: "issues.opened",
  source: "test",
  subject: undefined,
  time: 0,
  data: { title: "Crash", body: "It crashes.", count: 2 },
  key: "repo",
  sequence: 1,
  emittedAt: 0,
  deadLetter: undefined,
};

function pipelineOf(
  steps: readonly PipelineStep[],
  dependencies: PipelineDependencies = {},
  more: Partial<PipelineOptions> = {},
): Pipeline {
  return new Pipeline({ name: "triage", on: "issues", steps, ...more }, { random: seededRandom(1), ...dependencies });
}

/** A step that does what a function does. */
function does(run: (scope: StepScope, signal: AbortSignal) => unknown): PipelineStep & { readonly use: object } {
  return { use: { run: (scope, { signal }) => run(scope, signal) } };
}

const shout: Tool = {
  description: "Says a text loudly.",
  inputSchema: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
  createInstance: async () => ({
    execute: async (input) => ({ said: JSON.stringify(input).toUpperCase() }),
    [Symbol.asyncDispose]: async () => undefined,
  }),
};

describe("steps", () => {
  it("see the event and the results before them, in order", async () => {
    const pipeline = pipelineOf([
      { id: "first", ...does(({ event }) => event.data) },
      does(({ steps }) => Object.keys(steps)),
      does(() => undefined),
      { id: "last", ...does(({ steps }) => Object.keys(steps)) },
    ]);
    const run = await pipeline.run(event);
    expect(run.status).toBe("completed");
    expect(run.steps).toEqual({ first: event.data, step: ["first"], last: ["first", "step"] });
    expect(run.event).not.toHaveProperty("subject");
  });

  it("are left out unless `when` holds", async () => {
    const pipeline = pipelineOf([
      { id: "many", when: "event.data.count > 5", ...does(() => "many") },
      { id: "few", when: "!has(steps.many) && event.key == 'repo'", ...does(() => "few") },
    ]);
    expect((await pipeline.run(event)).steps).toEqual({ few: "few" });
    const { steps } = pipeline.stats();
    expect(steps["many"]).toMatchObject({ in: 1, out: 0, shed: 1, failed: 0, pending: 0 });
    expect(steps["few"]).toMatchObject({ in: 1, out: 1, shed: 0 });
  });

  it("fail the event when `when` has no value", async () => {
    const pipeline = pipelineOf([{ id: "odd", when: "event.data.nothing", ...does(() => 1) }]);
    await expect(pipeline.run(event)).rejects.toMatchObject({ code: "LLMSPELL_E_PIPELINE_STEP" });
    expect(pipeline.stats()).toMatchObject({ in: 1, out: 0, failed: 1, pending: 0 });
  });

  it("are not tried again when that cannot mend the failure", async () => {
    const refused = defineErrors({ LLMSPELL_E_TEST_REFUSED: { message: () => "No.", final: true } });
    const refuses = does(() => {
      throw refused.LLMSPELL_E_TEST_REFUSED({});
    });
    const pipeline = pipelineOf([{ id: "ask", retries: { attempts: 3 }, ...refuses }]);
    await expect(pipeline.run(event)).rejects.toThrow('Step "ask" of pipeline "triage" failed: No.');
    expect(pipeline.stats().steps["ask"]).toMatchObject({ failed: 1, retries: 0 });
  });

  it("say why events fail: once for each step and sort of error", async () => {
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
    const fails = does(({ event }) => {
      throw event.key === "type" ? new TypeError("odd") : new Error("connection refused");
    });
    const pipeline = pipelineOf([{ id: "ask", ...fails }], { log });
    for (const key of ["a", "b", "type", "type"]) await pipeline.run({ ...event, key }).catch(() => undefined);
    expect(warnings).toEqual([
      'Step "ask" of pipeline "triage" failed: connection refused. Further failures of this kind are only counted.',
      'Step "ask" of pipeline "triage" failed: odd. Further failures of this kind are only counted.',
    ]);
    expect(pipeline.stats().failed).toBe(4);
  });

  it("call pooled tools with rendered input, between their hooks", async () => {
    const clock = new VirtualClock();
    await using tools = new ToolExecutionPool({ pools: { shout: { tool: shout } } }, { clock });
    await using hooks = new HookManager({}, { clock });
    hooks.register("before_tool_call", { id: "polite", handler: () => modify({ input: { text: "please" } }) });
    const step: PipelineStep = {
      tool: "shout",
      input: { text: "{{ event.data.title }}!", rest: [1, "{{ event.data.count }}"] },
    };
    await tools.start();
    expect((await pipelineOf([step], { tools, clock }).run(event)).steps).toEqual({
      shout: { said: '{"TEXT":"CRASH!","REST":[1,2]}' },
    });
    expect((await pipelineOf([step], { tools, hooks, clock }).run(event)).steps).toEqual({
      shout: { said: '{"TEXT":"PLEASE","REST":[1,2]}' },
    });
  });

  it("ask agents, in a session that a template names", async () => {
    const asked: unknown[] = [];
    const chat = async (input: string, options: { session?: string | undefined } = {}) => {
      asked.push([input, options.session]);
      return { text: "fine" };
    };
    const agents = { get: (name: string) => ({ name, chat }) };
    const pipeline = pipelineOf(
      [
        { agent: "triage", input: "About {{ event.data.title }}", session: "{{ event.key }}" },
        { agent: "triage" },
        { id: "again", agent: "triage", input: "{{ steps.triage.text }}" },
      ],
      { agents },
    );
    const run = await pipeline.run(event);
    expect(asked).toEqual([
      ["About Crash", "repo"],
      [JSON.stringify(event.data), undefined],
      ["fine", undefined],
    ]);
    expect(Object.keys(run.steps)).toEqual(["triage", "triage_2", "again"]);
  });

  it("emit events, and write records", async () => {
    const clock = new VirtualClock();
    await using bus = new EventBus({ channels: { done: {} } }, { clock });
    bus.addRoute({ eventType: "triaged", channel: "done" });
    const handled: BusEvent[] = [];
    bus.subscribe("done", (done) => void handled.push(done));
    const written: unknown[] = [];
    const sinks = { out: { write: (record: unknown) => void written.push(record) } };
    const pipeline = pipelineOf(
      [
        { emit: "triaged", data: { title: "{{ event.data.title }}" } },
        { emit: "{{ event.type }}.unheard", id: "unheard" },
        { write: "out", data: ["{{ steps.triaged.outcome }}", "{{ steps.unheard }}"] },
        { write: "out" },
      ],
      { bus, sinks, clock },
    );
    await pipeline.run(event);
    await clock.runUntil(bus.drained());
    expect(handled).toMatchObject([{ type: "triaged", data: { title: "Crash" }, key: "repo", source: "triage" }]);
    expect(written[0]).toEqual(["routed", { sequence: 2, outcome: "unrouted" }]);
    expect(written[1]).toEqual({
      id: "e1",
      type: event.type,
      source: "test",
      time: 0,
      data: event.data,
      key: "repo",
      sequence: 1,
    });
  });

  it("fail when every channel refuses what they emit", async () => {
    const clock = new VirtualClock();
    await using bus = new EventBus({ channels: { done: { capacity: 1, rateLimit: "1/h" } } }, { clock });
    bus.addRoute({ eventType: "triaged", channel: "done" });
    bus.subscribe("done", () => undefined);
    const pipeline = pipelineOf([{ emit: "triaged" }], { bus, clock });
    await pipeline.run(event);
    await expect(pipeline.run(event)).rejects.toMatchObject({
      code: "LLMSPELL_E_PIPELINE_STEP",
      cause: expect.objectContaining({ code: "LLMSPELL_E_PIPELINE_EMIT_REFUSED" }),
    });
  });

  it("fail when one channel refuses what they emit, although another takes it", async () => {
    const clock = new VirtualClock();
    await using bus = new EventBus({ channels: { done: {}, limited: { rateLimit: "1/h" } } }, { clock });
    for (const channel of ["done", "limited"]) {
      bus.addRoute({ eventType: "triaged", channel });
      bus.subscribe(channel, () => undefined);
    }
    const pipeline = pipelineOf([{ emit: "triaged" }], { bus, clock });
    await pipeline.run(event);
    await expect(pipeline.run(event)).rejects.toMatchObject({
      cause: expect.objectContaining({ message: 'The event "triaged" was refused by limited (rate_limited).' }),
    });
  });

  it("wait for room in what they emit into, but not in the pipeline's own channel", async () => {
    const clock = new VirtualClock();
    const channel = { capacity: 1, overflow: "block" } as const;
    await using bus = new EventBus({ channels: { issues: channel, done: channel } }, { clock });
    bus.addRoute({ eventType: "opened", channel: "issues" });
    bus.addRoute({ eventType: "triaged", channel: "done" });
    bus.subscribe("done", () => clock.sleep(1000));
    const three = [1, 2, 3].map((number): PipelineStep => ({ id: `emit_${number}`, emit: "triaged" }));
    await clock.runUntil(pipelineOf(three, { bus, clock }).run(event));
    expect(bus.stats().channels["done"]).toMatchObject({ rejected: 0, accepted: 3 });

    const own = [1, 2].map(
      (number): PipelineStep => ({ id: `own_${number}`, emit: "opened", data: {}, when: "has(event.data.first)" }),
    );
    const circular = pipelineOf(own, { bus, clock });
    using _subscription = circular.subscribe();
    bus.publish({ type: "opened", data: { first: true } });
    await clock.runUntil(bus.drained());
    expect(circular.stats()).toMatchObject({ in: 2, out: 1, failed: 1 });
    expect(circular.stats().steps["own_2"]).toMatchObject({ failed: 1 });
  });

  it("cannot be built without what they work on, or with one id twice", () => {
    const refused = (problem: string) =>
      expect.objectContaining({ code: "LLMSPELL_E_PIPELINE_OPTIONS", message: expect.stringContaining(problem) });
    expect(() => pipelineOf([{ tool: "shout" }])).toThrow(refused("there are no tools"));
    expect(() => pipelineOf([{ agent: "triage" }])).toThrow(refused("there are no agents"));
    expect(() => pipelineOf([{ hooks: "check" }])).toThrow(refused("there are no hooks"));
    expect(() => pipelineOf([{ emit: "x" }])).toThrow(refused("there is no event bus"));
    expect(() => pipelineOf([{ write: "out" }], { sinks: {} })).toThrow(refused("the sink `out`, which is not there"));
    expect(() => pipelineOf([{ use: "other" }])).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_PIPELINE_IMPLEMENTATION" }),
    );
    const twice = [{ id: "a", ...does(() => 1) }];
    expect(() => pipelineOf(twice, {}, { onCancel: twice })).toThrow(refused("two steps have the id `a`"));
    expect(() => pipelineOf(twice, {}, { replicas: 0 })).toThrow(refused("`replicas` must be a whole number"));
  });
});

describe("retries and timeouts", () => {
  it("try a step again after waits that double, half of each random", async () => {
    const clock = new VirtualClock();
    const attempts: number[] = [];
    const step: PipelineStep = {
      ...does(() => {
        attempts.push(clock.now());
        if (attempts.length < 4) throw new Error("busy");
        return "done";
      }),
      retries: { attempts: 4, backoff: "100ms", maxBackoff: "150ms" },
    };
    const pipeline = pipelineOf([step], { clock, random: () => 0 });
    expect((await clock.runUntil(pipeline.run(event))).steps).toEqual({ step: "done" });
    expect(attempts).toEqual([0, 50, 125, 200]);
    expect(pipeline.stats().steps["step"]).toMatchObject({ in: 1, out: 1, failed: 0, retries: 3 });
  });

  it("give up after the last attempt, with the step's own error as the cause", async () => {
    const clock = new VirtualClock();
    const cause = new Error("busy");
    const fails = does(() => {
      throw cause;
    });
    const pipeline = pipelineOf([{ ...fails, id: "call", retries: {} }], { clock });
    await expect(clock.runUntil(pipeline.run(event))).rejects.toMatchObject({
      code: "LLMSPELL_E_PIPELINE_STEP",
      message: 'Step "call" of pipeline "triage" failed 3 times: busy',
      cause,
    });
    expect(pipeline.stats()).toMatchObject({ in: 1, out: 0, shed: 0, failed: 1, pending: 0 });
  });

  it("do not repeat what cannot come out differently", async () => {
    const clock = new VirtualClock();
    const sinks = { out: { write: () => undefined } };
    const pipeline = pipelineOf([{ write: "out", data: "{{ event.data.none }}", retries: {} }], { clock, sinks });
    await expect(pipeline.run(event)).rejects.toMatchObject({ message: expect.stringContaining("failed: ") });
    expect(pipeline.stats().steps["out"]).toMatchObject({ failed: 1, retries: 0 });
  });

  it("end an attempt whose time is over, also one that does not obey, and drop its late result", async () => {
    const clock = new VirtualClock();
    const aborted: unknown[] = [];
    const hangs = does((_, signal) => {
      signal.addEventListener("abort", () => aborted.push(clock.now()));
      return clock.sleep(60_000).then(() => "late");
    });
    const pipeline = pipelineOf([{ ...hangs, id: "slow", timeout: "1s", retries: { attempts: 2, backoff: "2s" } }], {
      clock,
      random: () => 0,
    });
    await expect(clock.runUntil(pipeline.run(event), 10_000)).rejects.toMatchObject({
      message:
        'Step "slow" of pipeline "triage" failed 2 times: Step "slow" of pipeline "triage" was not done within 1000 ms.',
    });
    expect(aborted).toEqual([1000, 3000]);
    expect(clock.now()).toBe(3000);
  });

  it("end at once when the run is given up, also while waiting for the next attempt", async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const reason = new Error("stop");
    const fails = does(() => {
      throw new Error("busy");
    });
    const pipeline = pipelineOf([{ ...fails, retries: { attempts: 9, backoff: "1h", maxBackoff: "1h" } }], { clock });
    const run = pipeline.run(event, { signal: controller.signal });
    const outcome = expect(run).rejects.toBe(reason);
    await clock.advance(10);
    controller.abort(reason);
    await outcome;
    expect(pipeline.stats()).toMatchObject({ in: 1, failed: 1, pending: 0 });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("invalidate steps", () => {
  it("forget the answers of hooks that were kept with a key", async () => {
    await using hooks = new HookManager();
    let calls = 0;
    hooks.register("check", {
      id: "repo",
      cache: {
        policy: { lifetimeOf: () => Number.POSITIVE_INFINITY, invalidationKeysOf: () => ["repo:desk", "owner:ada"] },
        key: ["data.event.type"],
      },
      handler: () => {
        calls++;
        return undefined;
      },
    });
    const pipeline = pipelineOf(
      [
        { hooks: "check" },
        { id: "one", invalidate: "repo:{{ event.data.title }}", when: "event.data.title != ''" },
        { id: "many", invalidate: ["owner:ada", "owner:bob"], when: "event.data.title == ''" },
      ],
      { hooks },
    );
    const run = (title: string) => pipeline.run({ ...event, data: { title } });
    await run("other");
    await run("other");
    expect(calls).toBe(1);
    expect((await run("desk")).steps).toMatchObject({ one: 1 });
    expect((await run("")).steps).toMatchObject({ many: 1 });
    await run("other");
    expect(calls).toBe(3);
  });

  it("need hooks", () => {
    expect(() => pipelineOf([{ invalidate: "a" }])).toThrow("there are no hooks");
  });
});

describe("retries that hooks ask for", () => {
  it("take the event through all steps again, from what it was", async () => {
    const clock = new VirtualClock();
    await using hooks = new HookManager({}, { clock });
    const seen: unknown[] = [];
    hooks.register("before_pipeline", {
      id: "mark",
      handler: ({ attempt }) => modify({ event: { data: { attempt } } }),
    });
    hooks.register("after_pipeline", {
      id: "judge",
      handler: ({ attempt }) => (attempt < 3 ? retry("not good enough", { delay: "10ms" }) : undefined),
    });
    const steps = [{ id: "probe", ...does((scope) => seen.push(scope.event.data)) }];
    const run = await clock.runUntil(pipelineOf(steps, { hooks, clock }).run({ ...event, data: { title: "x" } }));
    expect(run.status).toBe("completed");
    expect(seen).toEqual([1, 2, 3].map((attempt) => ({ title: "x", attempt })));
    expect(clock.now()).toBe(20);
  });

  it("run the point of a hooks step again", async () => {
    const clock = new VirtualClock();
    await using hooks = new HookManager({}, { clock });
    hooks.register("wait", {
      id: "limit",
      handler: ({ attempt }) => (attempt === 1 ? retry("later", { delay: 50 }) : modify({ steps: { ok: attempt } })),
    });
    const run = await clock.runUntil(pipelineOf([{ hooks: "wait" }], { hooks, clock }).run(event));
    expect(run.steps).toMatchObject({ ok: 2 });
    expect(clock.now()).toBe(50);
  });
});

describe("hooks", () => {
  it("bracket the steps, and change what later steps see", async () => {
    const seen: string[] = [];
    await using hooks = new HookManager();
    hooks.register("before_pipeline", { id: "redact", handler: () => modify({ event: { data: { title: "***" } } }) });
    hooks.register("check", {
      id: "label",
      handler: ({ data }) => modify({ steps: { label: `${data["pipeline"]}` }, event: { data: { body: null } } }),
    });
    hooks.register("after_pipeline", { id: "trim", handler: () => modify({ steps: { probe: "trimmed" } }) });
    const pipeline = pipelineOf(
      [
        { hooks: "check" },
        { id: "probe", ...does(({ event, steps }) => void seen.push(JSON.stringify([event.data, steps]))) },
      ],
      { hooks },
    );
    const run = await pipeline.run(event);
    expect(seen).toEqual([JSON.stringify([{ title: "***", count: 2 }, { label: "triage" }])]);
    expect(run).toMatchObject({ status: "completed", steps: { label: "triage", probe: "trimmed" } });
    expect(event.data).toEqual({ title: "Crash", body: "It crashes.", count: 2 });
  });

  it("replace the whole work with a result, or give that of their step", async () => {
    await using hooks = new HookManager();
    hooks.register("lookup", { id: "known", handler: () => replace("known answer") });
    const pipeline = pipelineOf([{ id: "answer", hooks: "lookup" }], { hooks });
    expect((await pipeline.run(event)).steps).toEqual({ answer: "known answer" });
    hooks.register("before_pipeline", { id: "cached", handler: () => replace({ cached: true }) });
    expect(await pipeline.run(event)).toMatchObject({ status: "replaced", result: { cached: true }, steps: {} });
    expect(pipeline.stats()).toMatchObject({ in: 2, out: 2, replaced: 1 });
  });

  it("cancel the event: it is shed with its hook, and goes through `onCancel`", async () => {
    const told: unknown[] = [];
    await using hooks = new HookManager();
    hooks.register("guard", { id: "injection", handler: () => cancel("looks like an attack") });
    const sinks = { rejected: { write: (record: unknown) => void told.push(record) } };
    const pipeline = pipelineOf(
      [{ hooks: "guard" }, { id: "never", ...does(() => told.push("never")) }],
      { hooks, sinks },
      {
        onCancel: [
          { write: "rejected", data: "{{ cancellation.hook }} at {{ cancellation.point }}: {{ cancellation.reason }}" },
        ],
      },
    );
    const cancellation = { point: "guard", hook: "injection", reason: "looks like an attack" };
    expect(await pipeline.run(event)).toMatchObject({ status: "cancelled", cancellation });
    expect(told).toEqual(["injection at guard: looks like an attack"]);
    expect(pipeline.stats()).toMatchObject({
      in: 1,
      out: 0,
      shed: 1,
      failed: 0,
      pending: 0,
      cancelledBy: { injection: 1 },
      steps: { guard: { in: 1, shed: 1 }, never: { in: 0 }, rejected: { in: 1, out: 1 } },
    });
  });

  it("cancel from within a tool call too, which is not tried again", async () => {
    const clock = new VirtualClock();
    await using tools = new ToolExecutionPool({ pools: { shout: { tool: shout } } }, { clock });
    await using hooks = new HookManager({}, { clock });
    hooks.register("before_tool_call", { id: "quiet", handler: () => cancel("no noise") });
    await tools.start();
    const pipeline = pipelineOf([{ tool: "shout", input: { text: "a" }, retries: {} }], { tools, hooks, clock });
    const cancellation = { point: "before_tool_call", hook: "quiet", reason: "no noise" };
    expect(await pipeline.run(event)).toMatchObject({ status: "cancelled", cancellation });
    expect(pipeline.stats()).toMatchObject({ shed: 1, failed: 0, steps: { shout: { shed: 1, retries: 0 } } });
  });

  it("fail the event when they fail, or leave no event", async () => {
    await using hooks = new HookManager();
    hooks.register("broken", { id: "broken", handler: () => modify({ event: { type: 7 } }) });
    const pipeline = pipelineOf([{ hooks: "broken", retries: {} }], { hooks });
    await expect(pipeline.run(event)).rejects.toMatchObject({
      cause: expect.objectContaining({ code: "LLMSPELL_E_PIPELINE_PATCH" }),
    });
  });
});

describe("channels", () => {
  it("give each pipeline every event, `replicas` at a time, and retry what fails", async () => {
    const clock = new VirtualClock();
    const channels = { issues: { retries: { attempts: 2, backoff: "1s" }, deadLetter: "dead" }, dead: {} };
    await using bus = new EventBus({ channels }, { clock });
    bus.addRoute({ eventType: "opened", channel: "issues" });
    let running = 0;
    let most = 0;
    const slow = does(async ({ event }) => {
      most = Math.max(most, ++running);
      await clock.sleep(100);
      running--;
      if (event.data === 3) throw new Error("odd");
    });
    const counted = pipelineOf([does(() => undefined)], { bus, clock }, { replicas: 3 });
    const worker = new Pipeline({ name: "worker", on: ["issues"], replicas: 2, steps: [slow] }, { bus, clock });
    const letters: unknown[] = [];
    const graves = new Pipeline(
      { name: "graves", on: "dead", steps: [does(({ event }) => void letters.push(event.deadLetter))] },
      { bus, clock },
    );
    const subscriptions = [counted, worker, graves].map((pipeline) => pipeline.subscribe());
    for (let data = 1; data <= 6; data++) bus.publish({ type: "opened", data });
    await clock.runUntil(bus.drained());
    expect(most).toBe(2);
    expect(counted.stats()).toMatchObject({ in: 6, out: 6 });
    expect(worker.stats()).toMatchObject({ in: 7, out: 5, failed: 2, pending: 0 });
    expect(letters).toMatchObject([{ channel: "issues", attempts: 2, reason: expect.stringContaining("odd") }]);
    for (const subscription of subscriptions) subscription[Symbol.dispose]();
    expect(bus.stats().channels["issues"]?.subscribers).toBe(0);
  });

  it("are all left when one of them is not there", async () => {
    await using bus = new EventBus({ channels: { issues: {} } });
    const pipeline = pipelineOf([does(() => undefined)], { bus }, { on: ["issues", "nope"], replicas: 2 });
    expect(() => pipeline.subscribe()).toThrow(expect.objectContaining({ code: "LLMSPELL_E_CHANNEL_UNKNOWN" }));
    expect(bus.stats().channels["issues"]?.subscribers).toBe(0);
  });
});
