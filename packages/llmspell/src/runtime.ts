import type { AgentRegistry } from "@llmspell/agents";
import type { Clock, Log, Random, Reading } from "@llmspell/base";
import type { Environment } from "@llmspell/config";
import type { EventBus } from "@llmspell/events";
import type { HookManager } from "@llmspell/hooks";
import { type CheckedConfig, Kernel, type ServiceName, type Services } from "@llmspell/kernel";
import type { PerformanceMonitor } from "@llmspell/monitor";
import type { PipelineRunner } from "@llmspell/pipelines";
import type { ToolExecutionPool } from "@llmspell/tools";
import { commandErrors } from "./errors.ts";

export interface RuntimeOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** What `${NAME}` is looked up in; the process's environment unless given. */
  readonly environment?: Environment;
  /** For a configuration in memory: where its paths and plugins are looked for; the working directory unless given. */
  readonly directory?: string;
}

/**
 * Checks a configuration and loads the plugins that it uses; `start()` then runs it.
 *
 * @param configOrPath the path of a file, or the configuration itself
 * @throws ConfigError (LLMSPELL_E_CONFIG_INVALID) with everything that is wrong; LLMSPELL_E_PLUGIN_IMPORT,
 * LLMSPELL_E_PLUGIN_SHAPE, LLMSPELL_E_PLUGIN_FAILED, LLMSPELL_E_PLUGIN_ORDER
 *
 * @example
 * await using runtime = await createRuntime("llmspell.config.yaml");
 * await runtime.start();
 * await runtime.completed;
 */
export async function createRuntime(
  configOrPath: string | Readonly<Record<string, unknown>>,
  options: RuntimeOptions = {},
): Promise<Runtime> {
  const { directory, ...kernelOptions } = options;
  const kernel = new Kernel(kernelOptions);
  const inMemory = (config: Readonly<Record<string, unknown>>) =>
    directory === undefined ? { config } : { config, directory };
  await kernel.load(typeof configOrPath === "string" ? { path: configOrPath } : inMemory(configOrPath));
  return new Runtime(kernel);
}

/**
 * A configuration that can run, and its parts. Stops when it is disposed.
 *
 * The parts (`hooks`, `events`, …) exist from the assembly on, which is the beginning of `start()`; each throws
 * LLMSPELL_E_RUNTIME_SECTION when the configuration lacks its section, and LLMSPELL_E_RUNTIME_NOT_STARTED before.
 */
export class Runtime implements AsyncDisposable {
  /**
   * The kernel that runs it. What must happen before the first event comes in, such as a subscription, is tapped into
   * the start: `runtime.kernel.hooks.start.tap("my-app", () => runtime.events.subscribe(…))`.
   */
  readonly kernel: Kernel;

  /** @param kernel with a configuration loaded */
  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get config(): CheckedConfig {
    return this.kernel.config;
  }

  get hooks(): HookManager {
    return this.#service("hooks");
  }

  get events(): EventBus {
    return this.#service("events");
  }

  get tools(): ToolExecutionPool {
    return this.#service("tools");
  }

  get agents(): AgentRegistry {
    return this.#service("agents");
  }

  get pipelines(): PipelineRunner {
    return this.#service("pipelines");
  }

  get monitor(): PerformanceMonitor {
    return this.#service("monitor");
  }

  /**
   * Resolves when every source is exhausted and all that it emitted has been handled; rejects when a source failed.
   * A configuration without sources is never done: it serves until it is stopped.
   */
  get completed(): Promise<void> {
    return this.kernel.service("pipelines")?.completed ?? new Promise(() => {});
  }

  /**
   * Builds and starts every part; when one fails, what had started is stopped again.
   *
   * @throws LLMSPELL_E_PLUGIN_FAILED; LLMSPELL_E_KERNEL_STATE when called twice
   */
  start(): Promise<void> {
    return this.kernel.start();
  }

  /**
   * Takes no new work and waits for what is under way, at most until `signal` aborts.
   *
   * @throws LLMSPELL_E_PLUGIN_FAILED, LLMSPELL_E_DRAIN_UNFINISHED when `signal` aborts, or an AggregateError of several
   */
  drain(signal?: AbortSignal): Promise<void> {
    return this.kernel.drain(signal);
  }

  /** Releases everything; safe to call at any time and more than once. */
  stop(): Promise<void> {
    return this.kernel.stop();
  }

  /** The figures of every part, as of now. */
  readings(): Reading[] {
    return this.kernel.collect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #service<Name extends ServiceName>(section: Name): Services[Name] {
    const service = this.kernel.service(section);
    if (service !== undefined) return service;
    const isConfigured = section in this.config.value;
    if (isConfigured) throw commandErrors.LLMSPELL_E_RUNTIME_NOT_STARTED({ section });
    throw commandErrors.LLMSPELL_E_RUNTIME_SECTION({ section });
  }
}
