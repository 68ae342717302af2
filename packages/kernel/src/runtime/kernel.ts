import { isDeepStrictEqual } from "node:util";
import type { Reading } from "@llmspell/base";
import { type Clock, type Log, type Random, silentLog, systemClock, systemRandom } from "@llmspell/base";
import type { Environment } from "@llmspell/config";
import { nameOfUse } from "@llmspell/config";
import { type CheckedConfig, type ConfigInput, checkConfig } from "../check-config.ts";
import { importImplementation, importPlugin } from "../plugins/import-plugin.ts";
import { loadOrder } from "../plugins/load-order.ts";
import { isLocal } from "../plugins/module-resolution.ts";
import type { ImplementationContext, KernelHooks, PluginHost, ServiceName, Services, Use } from "../plugins/plugin.ts";
import type { ResolvedPlugin } from "../plugins/resolve-plugins.ts";
import { describeKernelCopies } from "./kernel-copies.ts";
import { kernelErrors } from "./kernel-errors.ts";
import { KindRegistry } from "./kind-registry.ts";
import { createKernelHooks } from "./lifecycle.ts";
import { pluginFailure } from "./tap-guard.ts";

export interface KernelOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** What `${NAME}` is looked up in; the process's environment unless given. */
  readonly environment?: Environment;
}

type State = "new" | "loaded" | "running" | "draining" | "stopped";

/**
 * Runs one configuration: checks it, loads the plugins that it uses, and takes them through their life.
 *
 * @example
 * await using kernel = new Kernel();
 * await kernel.load({ path: "llmspell.config.yaml" });
 * await kernel.start();
 */
export class Kernel implements AsyncDisposable {
  readonly hooks: KernelHooks = createKernelHooks();
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly #environment: Environment | undefined;
  readonly #kinds: KindRegistry;
  readonly #services = new Map<string, unknown>();
  #state: State = "new";
  #input: ConfigInput | undefined;
  #config: CheckedConfig | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: KernelOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.log = options.log ?? silentLog;
    this.#environment = options.environment;
    this.#kinds = new KindRegistry((error, origin) => this.hooks.error.call(error, origin));
  }

  /** The configuration that runs. */
  get config(): CheckedConfig {
    if (this.#config === undefined) throw this.#stateError("read the configuration");
    return this.#config;
  }

  /**
   * Checks a configuration and loads the plugins that it uses; nothing starts yet.
   *
   * @throws ConfigError; LLMSPELL_E_PLUGIN_IMPORT, LLMSPELL_E_PLUGIN_SHAPE, LLMSPELL_E_PLUGIN_FAILED,
   * LLMSPELL_E_PLUGIN_ORDER; LLMSPELL_E_KERNEL_STATE when called twice
   */
  async load(input: ConfigInput): Promise<CheckedConfig> {
    this.#expect("load", "new");
    const config = await this.#check(input);
    this.#input = input;
    this.#config = config;
    for (const plugin of loadOrder(config)) await this.#apply(plugin, config);
    for (const use of config.uses) if (isLocal(use.name)) await this.#tapModule(use.kind, use.name);
    const copies = describeKernelCopies();
    if (copies !== undefined) this.log.warn(copies);
    this.#state = "loaded";
    return config;
  }

  /**
   * Assembles, starts and readies every part; when one fails, stops what had started.
   *
   * @throws LLMSPELL_E_PLUGIN_FAILED; LLMSPELL_E_KERNEL_STATE unless loaded
   */
  async start(): Promise<void> {
    this.#expect("start", "loaded");
    this.#state = "running";
    try {
      await this.hooks.assemble.promise();
      await this.hooks.start.promise();
      await this.hooks.ready.promise();
    } catch (error) {
      await this.stop().catch((failure: unknown) => this.log.error(`Stopping after a failed start: ${failure}`));
      throw error;
    }
  }

  /** Takes no new work and waits for what is under way. Does nothing unless running. */
  async drain(): Promise<void> {
    if (this.#state !== "running") return;
    this.#state = "draining";
    await this.hooks.drain.promise();
  }

  /** Releases everything, in reverse order of the start; safe to call at any time and more than once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopEach();
    return this.#stopping;
  }

  /**
   * Reads the configuration again. When it is valid, and each section that changed belongs to a plugin that taps
   * `hooks.reload`, the change is applied; otherwise everything stays as it was.
   *
   * @throws ConfigError; LLMSPELL_E_RELOAD_UNSUPPORTED; LLMSPELL_E_KERNEL_STATE unless running
   */
  async reload(): Promise<void> {
    this.#expect("reload", "running");
    const previous = this.config;
    if (this.#input === undefined) return;
    const next = await this.#check(this.#input);
    const keys = new Set([...Object.keys(previous.value), ...Object.keys(next.value)]);
    const sections = [...keys].filter((key) => !isDeepStrictEqual(previous.value[key], next.value[key]));
    const able = new Set(this.hooks.reload.taps.map(({ name }) => name));
    const unable = sections.filter((name) => !able.has(next.catalog.sections.get(name)?.plugin.name ?? ""));
    if (unable.length > 0) throw kernelErrors.LLMSPELL_E_RELOAD_UNSUPPORTED({ sections: unable });
    if (sections.length === 0) return;
    this.#config = next;
    await this.hooks.reload.promise({ sections, previous: previous.value, next: next.value });
  }

  /** A service that a section offers, by name; `undefined` when the configuration does not have that section. */
  service<Service extends ServiceName>(service: Service): Services[Service] | undefined {
    return this.#services.get(service) as Services[Service] | undefined;
  }

  /** The figures of every part, as of now. */
  collect(): Reading[] {
    const readings: Reading[] = [];
    this.hooks.collect.call(readings);
    return readings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #check(input: ConfigInput): Promise<CheckedConfig> {
    const { config, schema } = this.hooks;
    return checkConfig(input, {
      ...(this.#environment === undefined ? {} : { environment: this.#environment }),
      ...(config.taps.length > 0 ? { transformConfig: (value) => config.call(value) } : {}),
      ...(schema.taps.length > 0 ? { transformSchema: (value) => schema.call(value) } : {}),
    });
  }

  async #apply(resolved: ResolvedPlugin, config: CheckedConfig): Promise<void> {
    const plugin = await importPlugin(resolved);
    try {
      await plugin.apply(this.#hostFor(resolved, config), resolved.options);
    } catch (thrown) {
      const origin = { plugin: `${resolved.name} ${resolved.version}`, hook: "apply" };
      const error = pluginFailure(thrown, origin);
      this.hooks.error.call(error, origin);
      throw error;
    }
  }

  async #tapModule(kind: string, url: string): Promise<void> {
    const hook = this.#kinds.hook(kind, url);
    const create = await importImplementation(url);
    if (hook.taps.length === 0) hook.tap(url, create);
  }

  #hostFor(plugin: ResolvedPlugin, config: CheckedConfig): PluginHost {
    const host = {
      hooks: this.hooks,
      kinds: this.#kinds.viewFor(plugin, plugin.manifest.provides ?? []),
      clock: this.clock,
      random: this.random,
      log: this.log,
      directory: config.directory,
      section: (name: string) => this.config.value[name],
      create: (kind: string, use: Use, owner: string) => this.#create(kind, use, owner),
      provide: (name: string, value: unknown) => this.#provide(name, value),
      service: (name: string) => this.#services.get(name),
    };
    // The names of kinds, services and sections are typed by the packages that own them, which the kernel cannot know.
    return host as PluginHost;
  }

  #create(kind: string, use: Use, owner: string): unknown {
    const name = nameOfUse(use) ?? "";
    const contract = this.config.catalog.kinds.get(kind)?.contract.properties ?? {};
    const given = typeof use === "string" ? {} : use;
    const options = Object.fromEntries(Object.entries(given).filter(([key]) => key !== "use" && !(key in contract)));
    const create = (nestedKind: string, nested: Use) => this.#create(nestedKind, nested, owner);
    const context = { clock: this.clock, random: this.random, log: this.log, owner, create } as ImplementationContext;
    const implementation = this.#kinds.hook(kind, name).call(options as never, context);
    if (implementation === undefined) throw kernelErrors.LLMSPELL_E_IMPLEMENTATION_UNKNOWN({ kind, name, owner });
    return implementation;
  }

  #provide(service: string, value: unknown): void {
    if (this.#services.has(service)) throw kernelErrors.LLMSPELL_E_SERVICE_TWICE({ service });
    this.#services.set(service, value);
  }

  async #stopEach(): Promise<void> {
    this.#state = "stopped";
    await this.hooks.stop.promise();
  }

  #expect(action: string, state: State): void {
    if (this.#state !== state) throw this.#stateError(action);
  }

  #stateError(action: string) {
    return kernelErrors.LLMSPELL_E_KERNEL_STATE({ action, state: this.#state });
  }
}
