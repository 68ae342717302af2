import { fileURLToPath } from "node:url";
import type { Log } from "@llmspell/base";
import { ConfigError } from "@llmspell/config";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkConfig } from "../check-config.ts";
import type { ErrorOrigin } from "../plugins/plugin.ts";
import { Kernel } from "./kernel.ts";

const FIXTURES = fileURLToPath(new URL("../../../../test/fixtures/lifecycle/", import.meta.url));
const PLUGINS = ["./first", "./second", "./explosive"];

type Config = Record<string, unknown>;

/** A kernel over the recording plugins of test/fixtures/lifecycle, and the journal of what they logged. */
async function setUp(sections: Config, { plugins = PLUGINS as readonly unknown[], environment = {} } = {}) {
  const journal: string[] = [];
  const write = (message: string, fields?: Readonly<Record<string, unknown>>) => {
    const isPlain = fields === undefined || Object.keys(fields).length === 0;
    journal.push(isPlain ? message : `${message} ${JSON.stringify(fields)}`);
  };
  const log: Log = {
    debug: write,
    info: write,
    warn: (text) => write(`warn: ${text}`),
    error: (text) => write(`error: ${text}`),
  };
  const clock = new VirtualClock();
  const kernel = new Kernel({ log, clock, environment });
  onTestFinished(() => kernel.stop().catch(() => undefined));
  const config: Config = { plugins, ...sections };
  const load = () => kernel.load({ config, directory: FIXTURES });
  return { kernel, journal, clock, config, load };
}

async function started(sections: Config, options?: Parameters<typeof setUp>[1]) {
  const set = await setUp(sections, options);
  await set.load();
  await set.kernel.start();
  return set;
}

/** Reading files takes real turns of the event loop, whatever the virtual clock says. */
async function until(isSo: () => boolean): Promise<void> {
  // biome-ignore lint/plugin: real turns of the event loop, which no clock counts
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

const codeOf = (code: string) => expect.objectContaining({ code });

describe("life cycle", () => {
  it("assembles, starts and readies each part in the order of `after`, and drains and stops in reverse", async () => {
    const { kernel, journal } = await started({ second: {}, first: {} }, { plugins: ["./second", "./first"] });
    await kernel.drain();
    await kernel.stop();
    const stages = ["apply", "assemble", "start", "ready"].flatMap((stage) => [`first ${stage}`, `second ${stage}`]);
    const endings = ["drain", "stop"].flatMap((stage) => [`second ${stage}`, `first ${stage}`]);
    expect(journal).toEqual([...stages, ...endings]);
  });

  it("stops once, whoever asks and however often", async () => {
    const { kernel, journal } = await started({ first: {} });
    const both = [kernel.stop(), kernel.stop()];
    await Promise.all(both);
    await kernel[Symbol.asyncDispose]();
    await kernel.drain();
    expect(journal.filter((line) => line === "first stop")).toHaveLength(1);
    expect(journal).not.toContain("first drain");
  });

  it("stops everything after a failed start, and tells why it failed", async () => {
    const { kernel, journal, load } = await setUp({ first: {}, second: { fail: "start" } });
    const reported: ErrorOrigin[] = [];
    kernel.hooks.error.tap("test", (_, origin) => reported.push(origin));
    await load();
    await expect(kernel.start()).rejects.toMatchObject({
      code: "LLMSPELL_E_PLUGIN_FAILED",
      message: "fixture-second failed in start: second cannot start",
      cause: { message: "second cannot start" },
    });
    expect(reported).toEqual([{ plugin: "fixture-second", hook: "start" }]);
    expect(journal.slice(-3)).toEqual(["second start", "second stop", "first stop"]);
    expect(journal).not.toContain("first ready");
    await expect(kernel.start()).rejects.toThrow("Cannot start: the kernel is stopped.");
  });

  it("lets every part stop when one cannot", async () => {
    const { kernel, journal } = await started({ first: { fail: "stop" }, second: { fail: "drain stop" } });
    await expect(kernel.drain()).rejects.toThrow("fixture-second failed in drain: second cannot drain");
    const stopped = kernel.stop();
    await expect(stopped).rejects.toBeInstanceOf(AggregateError);
    await expect(stopped).rejects.toMatchObject({
      errors: [
        { message: "fixture-second failed in stop: second cannot stop" },
        { message: "fixture-first failed in stop: first cannot stop" },
      ],
    });
    expect(journal.slice(-4)).toEqual(["second drain", "first drain", "second stop", "first stop"]);
  });

  it("drains once, whoever asks", async () => {
    const { kernel, journal, clock } = await started({ first: { hold: "drain" } });
    const drains = [kernel.drain(), kernel.drain()];
    let isDone = false;
    const second = drains[1]?.then(() => {
      isDone = true;
    });
    await clock.advance(50);
    expect(isDone).toBe(false);
    await clock.advance(50);
    await second;
    expect(journal.filter((line) => line === "first drain")).toHaveLength(1);
  });

  it("gives up draining when it is told to, whether a part heeds that or not", async () => {
    const { kernel, journal } = await started({ first: { hold: "drain" }, second: { fail: "drain" } });
    const control = new AbortController();
    const drained = kernel.drain(control.signal).catch((error: unknown) => error);
    await Promise.resolve();
    control.abort();
    expect(await drained).toMatchObject({
      errors: [
        { message: "fixture-second failed in drain: second cannot drain" },
        { code: "LLMSPELL_E_DRAIN_UNFINISHED" },
      ],
    });
    await kernel.stop();
    expect(journal.at(-1)).toBe("first stop");

    const other = await started({ first: {} });
    other.kernel.hooks.drain.tapPromise("deaf", () => new Promise(() => {}));
    await expect(other.kernel.drain(AbortSignal.abort())).rejects.toThrow(codeOf("LLMSPELL_E_DRAIN_UNFINISHED"));
    await other.kernel.stop();
  });

  it("keeps what fails in a drain out of the stop that comes meanwhile", async () => {
    const { kernel, clock } = await started({ first: { hold: "drain", fail: "drain" } });
    const drained = expect(kernel.drain()).rejects.toThrow("fixture-first failed in drain: first cannot drain");
    await kernel.stop();
    await clock.advance(100);
    await drained;
  });

  it("tells a failure to stop once: to who stopped it, or else to who disposes of it", async () => {
    const { kernel } = await started({ first: { fail: "stop" } });
    await expect(kernel.stop()).rejects.toThrow("first cannot stop");
    await expect(kernel[Symbol.asyncDispose]()).resolves.toBeUndefined();
    const other = await started({ first: { fail: "stop" } });
    await expect(other.kernel[Symbol.asyncDispose]()).rejects.toThrow("first cannot stop");
  });

  it("names plugin and hook of a tap that fails, however it was tapped", async () => {
    for (const how of ["promise", "throw", "callback"]) {
      const { kernel, load } = await setUp({ first: { fail: "ready", how } });
      await load();
      await expect(kernel.start()).rejects.toThrow("fixture-first failed in ready: first cannot ready");
    }
    const { kernel, journal } = await started({
      first: { how: "callback" },
      second: { how: "callback", fail: "stop" },
    });
    await expect(kernel.stop()).rejects.toThrow("fixture-second failed in stop: second cannot stop");
    expect(journal.at(-1)).toBe("first stop");
  });

  it("stopped while it starts, lets the stage under way end, and begins no further one", async () => {
    const { kernel, journal, clock, load } = await setUp({ first: { hold: "start" }, second: {} });
    await load();
    const start = kernel.start();
    const failed = expect(start).rejects.toThrow("Cannot start: the kernel is stopped.");
    await clock.advance(50);
    const stop = kernel.stop();
    expect(journal.at(-1)).toBe("first start");
    await clock.advance(50);
    await Promise.all([failed, stop]);
    expect(journal.slice(-4)).toEqual(["first start", "second start", "second stop", "first stop"]);
  });

  it("refuses what comes out of order", async () => {
    const { kernel, load } = await setUp({ first: {} });
    expect(() => kernel.config).toThrow(codeOf("LLMSPELL_E_KERNEL_STATE"));
    await expect(kernel.start()).rejects.toThrow("Cannot start: the kernel is new.");
    const first = load();
    await expect(load()).rejects.toThrow("Cannot load: the kernel is loading.");
    await first;
    await expect(load()).rejects.toThrow("Cannot load: the kernel is loaded.");
    await expect(kernel.reload()).rejects.toThrow("Cannot reload: the kernel is loaded.");
  });

  it("loads again after a configuration that was not valid, but not once a plugin has failed", async () => {
    const { kernel, config, load } = await setUp({ first: { level: "high" } });
    await expect(load()).rejects.toThrow(ConfigError);
    config["first"] = {};
    config["explosive"] = {};
    await expect(load()).rejects.toThrow(codeOf("LLMSPELL_E_PLUGIN_IMPORT"));
    await expect(load()).rejects.toThrow("Cannot load: the kernel has failed.");
    await kernel.stop();
  });

  it("collects the readings of every part", async () => {
    const { kernel } = await started({ first: {}, second: {} });
    expect(kernel.collect().map(({ name }) => name)).toEqual(["first", "second"]);
  });
});

describe("what is loaded", () => {
  it("is only what the configuration uses", async () => {
    const { journal } = await started({ first: {} });
    expect(journal.filter((line) => line.includes("apply"))).toEqual(["first apply"]);
  });

  it("is the module of a section or of an implementation as soon as it is used", async () => {
    for (const sections of [{ explosive: {} }, { first: { thing: "explosive" } }]) {
      const { load } = await setUp(sections);
      await expect(load()).rejects.toThrow(
        "The module of fixture-explosive 1.0.0 cannot be imported: the module of an unused plugin ran",
      );
    }
  });

  it("is a plugin that the configuration names only for what it taps", async () => {
    const { journal } = await started({ first: {} }, { plugins: [...PLUGINS, "./local/tapping.ts"] });
    expect(journal.filter((line) => line.includes(" start"))).toEqual(["tapping start", "first start"]);
  });

  it("is no package's code while a configuration is checked", async () => {
    const config = { plugins: PLUGINS, first: {}, explosive: {} };
    const { value, catalog } = await checkConfig({ config, directory: FIXTURES }, { environment: {} });
    expect(value["first"]).toEqual({ level: 1 });
    expect([...catalog.sections.keys()]).toEqual(["first", "second", "explosive"]);
  });

  it("can be a local TypeScript file with its manifest, given its options", async () => {
    const plugins = [{ name: "./local/plugin.ts", options: { mark: "x" } }];
    const { kernel, journal } = await started({ local: {} }, { plugins });
    expect(journal).toEqual(["local apply x"]);
    expect(kernel.config.value["local"]).toEqual({ level: 3 });
  });

  it("gets the defaults of its options' schema also when only its name is listed", async () => {
    const { journal } = await started({ local: {} }, { plugins: ["./local/plugin.ts"] });
    expect(journal).toEqual(["local apply none"]);
  });

  it("warns when the process has two copies of the kernel", async () => {
    const copies: unknown = Reflect.get(globalThis, Symbol.for("llmspell.kernel.copies"));
    if (!(copies instanceof Map)) throw new Error("the kernel does not note its copies");
    copies.set("file:///elsewhere/kernel/", "0.0.9");
    onTestFinished(() => void copies.delete("file:///elsewhere/kernel/"));
    const { journal } = await started({ first: {} });
    expect(journal.find((line) => line.startsWith("warn"))).toMatch(
      /^warn: This process has 2 copies of @llmspell\/kernel: .* and 0\.0\.9 at file:\/\/\/elsewhere\/kernel\/\./,
    );
  });
});

describe("services and implementations", () => {
  it("lets a later section see what an earlier one provides", async () => {
    const { journal } = await started({ first: { provides: "clockwork" }, second: { needs: "clockwork" } });
    expect(journal).toContain("second has first");
  });

  it("refuses a service that is provided twice", async () => {
    const { kernel, load } = await setUp({ first: { provides: "clockwork" }, second: { provides: "clockwork" } });
    await load();
    await expect(kernel.start()).rejects.toThrow(
      "fixture-second failed in assemble: Two plugins provide the service `clockwork`.",
    );
  });

  it("hands an implementation its own options, with their defaults, and not the kind's keys", async () => {
    const { journal } = await started({ first: { thing: { use: "plain", size: 3, wait: "5s" } } });
    expect(journal).toContain('first made {"options":{"wait":"5s","colour":"red"},"owner":"the first"}');
  });

  it("hands it the same defaults, however it is chosen and by whom", async () => {
    const wrapped = (inner: unknown) => ({ use: "wrapped", inner });
    const { journal } = await started({ first: { thing: "plain" }, second: { thing: wrapped("plain") } });
    expect(journal).toContain('first made {"options":{"colour":"red"},"owner":"the first"}');
    expect(journal).toContain('second made {"inner":{"options":{"colour":"red"},"owner":"the second"}}');
    const other = await started({ first: { thing: { use: "plain" } }, second: { thing: wrapped({ use: "plain" }) } });
    expect(other.journal).toEqual(journal);
  });

  it("creates what an implementation is built from", async () => {
    const thing = { use: "wrapped", inner: { use: "wrapped", inner: { use: "plain", colour: "blue" } } };
    const { journal } = await started({ first: { thing } });
    const innermost = '{"options":{"colour":"blue"},"owner":"the first"}';
    expect(journal).toContain(`first made {"inner":{"inner":${innermost}}}`);
  });

  it("creates one from a local module, alone and inside another", async () => {
    const local = { use: "./local/thing.ts", size: 3, anything: [1] };
    const { journal } = await started({
      first: { thing: local },
      second: { thing: { use: "wrapped", inner: "./local/thing.ts" } },
    });
    expect(journal).toContain('first made {"local":true,"options":{"anything":[1]},"owner":"the first"}');
    expect(journal).toContain('second made {"inner":{"local":true,"options":{},"owner":"the second"}}');
  });

  it("makes for an embedder what the configuration uses, without a start", async () => {
    const { kernel, load } = await setUp({ first: { thing: { use: "plain", size: 3, wait: "5s" } } });
    // Kinds are typed by the packages that open them, and this one is a fixture's.
    const create = (name: string) => kernel.create("thing" as never, { use: name, size: 3, wait: "5s" }, "a test");
    expect(() => create("plain")).toThrow(codeOf("LLMSPELL_E_KERNEL_STATE"));
    await load();
    expect(create("plain")).toMatchObject({ options: { wait: "5s" }, owner: "a test" });
    expect(() => create("unheard_of")).toThrow(codeOf("LLMSPELL_E_IMPLEMENTATION_UNKNOWN"));
  });

  it("names the implementation that cannot be made", async () => {
    const { kernel, load } = await setUp({ second: { thing: "broken" }, first: {} });
    const reported: ErrorOrigin[] = [];
    kernel.hooks.error.tap("test", (_, origin) => reported.push(origin));
    await load();
    await expect(kernel.start()).rejects.toThrow("fixture-first failed in thing broken: no parts");
    expect(reported[0]).toEqual({ plugin: "fixture-first", hook: "thing broken" });
  });
});

describe("hooks of an embedder", () => {
  it("change the configuration before it is validated", async () => {
    const { kernel, load } = await setUp({ first: { level: 2 } });
    kernel.hooks.config.tap("test", (config) => ({ ...config, first: { level: 5 } }));
    kernel.hooks.config.tap("test", (config) => ({ ...config, name: "changed" }));
    const { value } = await load();
    expect(value).toMatchObject({ name: "changed", first: { level: 5 } });
  });

  it("see their change validated, with what came from the environment redacted", async () => {
    const environment = { API_KEY: "s3cret-key" };
    const { kernel, load } = await setUp(
      { first: { key: "${API_KEY}" }, second: { key: "${API_KEY}" } },
      { environment },
    );
    kernel.hooks.config.tap("test", (config) => ({ ...config, second: { key: "Bearer s3cret-key" } }));
    expect(await load()).toMatchObject({
      value: { first: { key: "s3cret-key" }, second: { key: "Bearer s3cret-key" } },
      redacted: { first: { key: "[redacted:API_KEY]" }, second: { key: "Bearer [redacted:API_KEY]" } },
    });

    const other = await setUp({ first: { key: "${API_KEY}" } }, { environment });
    other.kernel.hooks.config.tap("test", (config) => ({
      ...config,
      first: { key: "s3cret-key", level: "s3cret-key" },
    }));
    const failure: unknown = await other.load().catch((error: unknown) => error);
    if (!(failure instanceof ConfigError)) throw failure;
    expect(failure.format()).toContain("`first.level` must be a whole number");
    expect(failure.format()).not.toContain("s3cret-key");
  });

  it("change the schema before it is compiled", async () => {
    const { kernel, load } = await setUp({ first: {} });
    kernel.hooks.schema.tap("test", (schema) => ({ ...schema, required: ["name"] }));
    await expect(load()).rejects.toThrow("The configuration needs the key `name`.");
  });

  it.each([
    ["a list", () => [], "A configuration is a plain object; found a list."],
    ["a promise", () => Promise.resolve({}), "A configuration is a plain object; found a value of type object."],
    [
      "a function",
      () => ({ first: { level: () => 1 } }),
      "The configuration's `level` is a function; it can hold only",
    ],
  ])("are named when they return %s as the configuration", async (_, tap, problem) => {
    const { kernel, load } = await setUp({ first: {} });
    kernel.hooks.config.tap("innocent", (config) => config);
    kernel.hooks.config.tap("embedder", tap as never);
    await expect(load()).rejects.toThrow(`embedder failed in config: ${problem}`);
  });

  it("are named when they fail", async () => {
    const { kernel, load } = await setUp({ first: {} });
    kernel.hooks.config.tap("embedder", () => {
      throw new Error("no");
    });
    await expect(load()).rejects.toThrow("embedder failed in config: no");
  });
});

describe("reload", () => {
  it("hands a change to the plugins that can take it", async () => {
    const { kernel, journal, config } = await started({ first: { reloads: true }, vars: { a: 1 } });
    config["first"] = { reloads: true, level: 2 };
    config["vars"] = { a: 2 };
    await kernel.reload();
    expect(journal.at(-1)).toBe('first reload first {"reloads":true,"level":2}');
    expect(kernel.config.value["first"]).toEqual({ reloads: true, level: 2 });
  });

  it("does nothing when nothing has an effect that changed", async () => {
    const { kernel, journal, config } = await started({ first: {}, vars: { a: 1 } });
    const before = [...journal];
    await kernel.reload();
    config["vars"] = { a: 2 };
    config["name"] = "another";
    await kernel.reload();
    expect(journal).toEqual(before);
  });

  it("changes nothing when one of the sections cannot", async () => {
    const { kernel, journal, config } = await started({ first: { reloads: true }, second: {} });
    config["first"] = { reloads: true, level: 2 };
    config["second"] = { level: 2 };
    await expect(kernel.reload()).rejects.toThrow("These sections cannot change while running: second.");
    expect(kernel.config.value["first"]).toEqual({ reloads: true, level: 1 });
    expect(journal.some((line) => line.includes("reload"))).toBe(false);
  });

  it("reloads one after the other, and stops only after the one under way", async () => {
    const { kernel, journal, config, clock } = await started({ first: { reloads: true } });
    kernel.hooks.reload.tapPromise("test", async () => {
      await clock.sleep(100);
      journal.push("reloaded");
    });
    config["first"] = { reloads: true, level: 2 };
    const first = kernel.reload();
    config["first"] = { reloads: true, level: 3 };
    const second = kernel.reload();
    await until(() => clock.pendingTimers > 0);
    await clock.advance(100);
    await first;
    await until(() => clock.pendingTimers > 0);
    const stopped = kernel.stop();
    await clock.advance(100);
    await Promise.all([second, stopped]);
    expect(journal.slice(-5)).toEqual([
      'first reload first {"reloads":true,"level":2}',
      "reloaded",
      'first reload first {"reloads":true,"level":3}',
      "reloaded",
      "first stop",
    ]);
    await expect(kernel.reload()).rejects.toThrow("Cannot reload: the kernel is stopped.");
  });

  it("applies nothing when it is stopped while it reads", async () => {
    const { kernel, journal, config } = await started({ first: { reloads: true } });
    config["first"] = { reloads: true, level: 2 };
    const reloaded = expect(kernel.reload()).rejects.toThrow("Cannot reload: the kernel is stopped.");
    await kernel.stop();
    await reloaded;
    expect(journal.at(-1)).toBe("first stop");
    expect(journal.some((line) => line.startsWith("first reload"))).toBe(false);
  });

  it("refuses a section that is new", async () => {
    const { kernel, config } = await started({ first: { reloads: true } });
    config["second"] = { reloads: true };
    await expect(kernel.reload()).rejects.toThrow(codeOf("LLMSPELL_E_RELOAD_UNSUPPORTED"));
  });

  it("keeps what runs when the new configuration is not valid", async () => {
    const { kernel, config } = await started({ first: { reloads: true } });
    config["first"] = { reloads: true, level: "high" };
    await expect(kernel.reload()).rejects.toThrow(ConfigError);
    expect(kernel.config.value["first"]).toEqual({ reloads: true, level: 1 });
  });

  it("loads what is used for the first time, or changes nothing when that fails", async () => {
    const { kernel, journal, config } = await started({ first: { reloads: true } });
    config["first"] = { reloads: true, thing: "./local/thing.ts" };
    await kernel.reload();
    expect(journal.at(-1)).toBe('first made {"local":true,"options":{},"owner":"the first"}');
    config["first"] = { reloads: true, thing: "explosive" };
    await expect(kernel.reload()).rejects.toThrow(codeOf("LLMSPELL_E_PLUGIN_IMPORT"));
    expect(kernel.config.value["first"]).toMatchObject({ thing: expect.stringContaining("local/thing.ts") });
  });

  it("keeps the old configuration when a plugin fails to take the new one", async () => {
    const { kernel, config } = await started({ first: { reloads: true } });
    config["first"] = { reloads: true, fail: "reload" };
    await expect(kernel.reload()).rejects.toThrow("fixture-first failed in reload: first cannot reload");
    expect(kernel.config.value["first"]).toEqual({ reloads: true, level: 1 });
  });
});
