import { isDeepStrictEqual } from "node:util";
import { type Clock, type Log, type Random, type Reading, silentLog, systemClock, systemRandom } from "@llmspell/base";
import {
  type ConfigInput,
  type Environment,
  missingMethods,
  nameOfUse,
  ownOptions,
  pluginOptions,
} from "@llmspell/config";
import { type CheckedConfig, checkConfig } from "../check-config.ts";
import { importImplementation, importPlugin } from "../plugins/import-plugin.ts";
import { loadOrder } from "../plugins/load-order.ts";
import { isLocal } from "../plugins/module-resolution.ts";
import type {
  ImplementationContext,
  KernelHooks,
  KindName,
  Kinds,
  PluginHost,
  ServiceName,
  Services,
  Use,
} from "../plugins/plugin.ts";
import type { ResolvedPlugin } from "../plugins/resolve-plugins.ts";
import { describeKernelCopies } from "./kernel-copies.ts";
import { kernelErrors } from "./kernel-errors.ts";
import { KindRegistry } from "./kind-registry.ts";
import { createKernelHooks } from "./lifecycle.ts";
import { pluginFailure } from "./tap-guard.ts";

/** What a kernel takes from outside; the process's own clock, chance and environment, and no log, unless given. */
export interface KernelOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** What `${NAME}` is looked up in; the process's environment unless given. */
  readonly environment?: Environment;
}

/** How far a kernel is in its life; `failed` when a plugin failed while it was loaded. */
export type KernelState = "new" | "loading" | "loaded" | "starting" | "running" | "draining" | "stopped" | "failed";

/** Top-level keys that no part reads while it runs. */
const INERT_KEYS: ReadonlySet<string> = new Set(["$schema", "name", "vars"]);

/**
 * Runs one configuration: checks it, loads the plugins that it uses, and takes them through their life.
 *
 * @example
 * await using kernel = new Kernel();
 * await kernel.load({ path: "llmspell.config.yaml" });
 * await kernel.start();
 */
export class Kernel implements AsyncDisposable {
  readonly #drainFailures: Error[] = [];
  readonly #stopFailures: Error[] = [];
  readonly hooks: KernelHooks = createKernelHooks({
    drain: (failure) => this.#drainFailures.push(failure),
    stop: (failure) => this.#stopFailures.push(failure),
  });
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly #environment: Environment | undefined;
  readonly #kinds: KindRegistry;
  readonly #services = new Map<string, unknown>();
  readonly #applied = new Set<string>();
  #state: KernelState = "new";
  #input: ConfigInput | undefined;
  #config: CheckedConfig | undefined;
  #starting: Promise<void> | undefined;
  #reloading: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: KernelOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.log = options.log ?? silentLog;
    this.#environment = options.environment;
    this.#kinds = new KindRegistry((error, origin) => this.hooks.error.call(error, origin));
  }

  get state(): KernelState {
    return this.#state;
  }

  /** The configuration that runs. */
  get config(): CheckedConfig {
    if (this.#config === undefined) throw this.#stateError("read the configuration");
    return this.#config;
  }

  /**
   * Checks a configuration and loads the plugins that it uses; nothing starts yet.
   *
   * @throws ConfigError, after which it may be called again; LLMSPELL_E_PLUGIN_IMPORT, LLMSPELL_E_PLUGIN_SHAPE,
   * LLMSPELL_E_PLUGIN_FAILED, LLMSPELL_E_PLUGIN_ORDER, LLMSPELL_E_IMPLEMENTATION_SHAPE,
   * LLMSPELL_E_IMPLEMENTATION_MISSING; LLMSPELL_E_KERNEL_STATE when called twice
   */
  async load(input: ConfigInput): Promise<CheckedConfig> {
    this.#expect("load", "new");
    this.#state = "loading";
    try {
      this.#config = await this.#check(input);
      this.#input = input;
      await this.#loadUsed(this.#config);
    } catch (error) {
      // Once a plugin has been applied, its taps stay.
      if (this.#state === "loading") this.#state = this.#config === undefined ? "new" : "failed";
      throw error;
    }
    this.#expect("load", "loading");
    const copies = describeKernelCopies();
    if (copies !== undefined) this.log.warn(copies);
    this.#state = "loaded";
    return this.config;
  }

  /**
   * Assembles, starts and readies every part; when one fails, stops what had started.
   *
   * @throws LLMSPELL_E_PLUGIN_FAILED; LLMSPELL_E_KERNEL_STATE unless loaded, and when stopped meanwhile
   */
  async start(): Promise<void> {
    this.#expect("start", "loaded");
    this.#state = "starting";
    this.#starting = this.#startEach();
    try {
      await this.#starting;
    } catch (error) {
      await this.stop().catch((failure: unknown) => this.log.error(`Stopping after a failed start: ${failure}`));
      throw error;
    }
  }

  /**
   * Takes no new work and waits for what is under way; called again, waits for the same drain. Does nothing before the
   * start and after the stop.
   *
   * @param signal ends the wait; what is left is then stopped by `stop`
   * @throws LLMSPELL_E_PLUGIN_FAILED, LLMSPELL_E_DRAIN_UNFINISHED when `signal` aborts, or an AggregateError of several
   */
  async drain(signal: AbortSignal = new AbortController().signal): Promise<void> {
    if (this.#state === "running") this.#draining = this.#drainEach(signal);
    await this.#draining;
  }

  /**
   * Releases everything, in reverse order of the start; safe to call at any time and more than once. While the kernel
   * starts or reloads, waits for the stage that is under way. A part that fails does not keep the others from being released.
   *
   * @throws LLMSPELL_E_PLUGIN_FAILED, or an AggregateError of several
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopEach();
    return this.#stopping;
  }

  /**
   * Reads the configuration again. When it is valid, and each section that changed belongs to a plugin that taps
   * `hooks.reload`, plugins that it uses for the first time are loaded, and the change is applied; otherwise
   * everything stays as it was. Called again meanwhile, it reads again after the first.
   *
   * @throws ConfigError; LLMSPELL_E_RELOAD_UNSUPPORTED; as `load` for what is loaded; LLMSPELL_E_PLUGIN_FAILED, after
   * which sections that were asked earlier have changed; LLMSPELL_E_KERNEL_STATE unless running
   */
  reload(): Promise<void> {
    const earlier = this.#reloading?.catch(() => undefined);
    this.#reloading = earlier === undefined ? this.#reloadOnce() : earlier.then(() => this.#reloadOnce());
    return this.#reloading;
  }

  async #reloadOnce(): Promise<void> {
    this.#expect("reload", "running");
    const previous = this.config;
    if (this.#input === undefined) return;
    const next = await this.#check(this.#input);
    this.#expect("reload", "running");
    const keys = new Set([...Object.keys(previous.value), ...Object.keys(next.value)]);
    const sections = [...keys].filter(
      (key) => !INERT_KEYS.has(key) && !isDeepStrictEqual(previous.value[key], next.value[key]),
    );
    const able = new Set(this.hooks.reload.taps.map(({ name }) => name));
    const unable = sections.filter((name) => !able.has(next.catalog.sections.get(name)?.plugin.name ?? ""));
    if (unable.length > 0) throw kernelErrors.LLMSPELL_E_RELOAD_UNSUPPORTED({ sections: unable });
    if (sections.length === 0) return;
    await this.#loadUsed(next);
    this.#expect("reload", "running");
    this.#config = next;
    try {
      await this.hooks.reload.promise({ sections, previous: previous.value, next: next.value });
    } catch (error) {
      this.#config = previous;
      throw error;
    }
  }

  /** A service that a section offers, by name; `undefined` when the configuration does not have that section. */
  service<Service extends ServiceName>(service: Service): Services[Service] | undefined {
    return this.#services.get(service) as Services[Service] | undefined;
  }

  /**
   * Creates an implementation that the configuration uses, for an embedder who runs it without the rest: its options are those
   * that `use` carries, checked as part of the configuration.
   *
   * @param owner what it is created for, for messages
   * @throws LLMSPELL_E_IMPLEMENTATION_UNKNOWN, LLMSPELL_E_IMPLEMENTATION_SHAPE, LLMSPELL_E_PLUGIN_FAILED; LLMSPELL_E_KERNEL_STATE
   * before `load`
   */
  create<Kind extends KindName>(kind: Kind, use: Use, owner: string): Kinds[Kind] {
    // What a kind is, is typed by the package that owns it; that it has the kind's methods has been checked.
    return this.#create(kind, use, owner) as Kinds[Kind];
  }

  /** The figures of every part, as of now. */
  collect(): Reading[] {
    const readings: Reading[] = [];
    this.hooks.collect.call(readings);
    return readings;
  }

  /** Stops; a failure that whoever stopped it before was told is not told again. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopping === undefined) await this.stop();
    else await this.#stopping.catch(() => undefined);
  }

  #check(input: ConfigInput): Promise<CheckedConfig> {
    const { config, schema } = this.hooks;
    return checkConfig(input, {
      ...(this.#environment === undefined ? {} : { environment: this.#environment }),
      ...(config.taps.length > 0 ? { transformConfig: (value) => config.call(value) } : {}),
      ...(schema.taps.length > 0 ? { transformSchema: (value) => schema.call(value) } : {}),
    });
  }

  /** Loads what a configuration uses and is not loaded yet. */
  async #loadUsed(config: CheckedConfig): Promise<void> {
    for (const plugin of loadOrder(config)) if (!this.#applied.has(plugin.name)) await this.#apply(plugin, config);
    for (const { kind, name } of config.uses) {
      if (isLocal(name)) await this.#tapModule(kind, name);
      if (this.#kinds.hook(kind, name).taps.length > 0) continue;
      const plugin = config.catalog.implementations.get(kind)?.get(name)?.plugin;
      throw kernelErrors.LLMSPELL_E_IMPLEMENTATION_MISSING({ plugin: plugin?.name ?? "The configuration", kind, name });
    }
  }

  async #apply(resolved: ResolvedPlugin, config: CheckedConfig): Promise<void> {
    const plugin = await importPlugin(resolved);
    try {
      await plugin.apply(this.#hostFor(resolved, config), pluginOptions(config.catalog, resolved.name, config.value));
      this.#applied.add(resolved.name);
    } catch (thrown) {
      const origin = { plugin: `${resolved.name} ${resolved.version}`, hook: "apply" };
      const error = pluginFailure(thrown, origin);
      this.hooks.error.call(error, origin);
      throw error;
    }
  }

  async #tapModule(kind: string, url: string): Promise<void> {
    const hook = this.#kinds.hook(kind, url);
    if (hook.taps.length === 0) hook.tap(url, await importImplementation(url));
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
    const options = ownOptions(this.config.catalog, kind, use);
    const create = (nestedKind: string, nested: Use) => this.#create(nestedKind, nested, owner);
    const context = { clock: this.clock, random: this.random, log: this.log, owner, create } as ImplementationContext;
    const implementation = this.#kinds.hook(kind, name).call(options as never, context);
    if (implementation === undefined) throw kernelErrors.LLMSPELL_E_IMPLEMENTATION_UNKNOWN({ kind, name, owner });
    const [method] = missingMethods(implementation, this.config.catalog.kinds.get(kind));
    if (method === undefined) return implementation;
    const what = `The ${kind} \`${name}\` that ${owner} uses`;
    throw kernelErrors.LLMSPELL_E_IMPLEMENTATION_SHAPE({ what, lacks: `method \`${method}\`` });
  }

  #provide(service: string, value: unknown): void {
    if (this.#services.has(service)) throw kernelErrors.LLMSPELL_E_SERVICE_TWICE({ service });
    this.#services.set(service, value);
  }

  async #startEach(): Promise<void> {
    const { assemble, start, ready } = this.hooks;
    for (const stage of [assemble, start, ready]) {
      await stage.promise();
      this.#expect("start", "starting");
    }
    this.#state = "running";
  }

  async #stopEach(): Promise<void> {
    this.#state = "stopped";
    // Why a start or a reload failed is told to whoever called it.
    await Promise.allSettled([this.#starting, this.#reloading]);
    await this.hooks.stop.promise();
    throwAll(this.#stopFailures);
  }

  async #drainEach(signal: AbortSignal): Promise<void> {
    this.#state = "draining";
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const abort = () => resolve();
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    // A tap that does not heed the signal is left behind.
    await Promise.race([this.hooks.drain.promise({ signal }), aborted]);
    signal.removeEventListener("abort", abort);
    const failures = this.#drainFailures.filter(({ cause }) => !signal.aborted || cause !== signal.reason);
    throwAll(signal.aborted ? [...failures, kernelErrors.LLMSPELL_E_DRAIN_UNFINISHED({})] : failures);
  }

  #expect(action: string, state: KernelState): void {
    if (this.#state !== state) throw this.#stateError(action);
  }

  #stateError(action: string) {
    return kernelErrors.LLMSPELL_E_KERNEL_STATE({ action, state: this.#state });
  }
}

function throwAll(failures: readonly Error[]): void {
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(({ message }) => message).join("\n"));
}
