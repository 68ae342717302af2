import type { Clock, Log, Random, Reading } from "@llmspell/base";
import type { Environment } from "@llmspell/config";
import { type CheckedConfig, Kernel, type ServiceName, type Services } from "@llmspell/kernel";
import type { PerformanceMonitor } from "@llmspell/monitor";
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

/** A configuration that can run, and its parts. Stops when it is disposed. */
export class Runtime implements AsyncDisposable {
  readonly #kernel: Kernel;
  #isStarted = false;

  /** @param kernel with a configuration loaded */
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get config(): CheckedConfig {
    return this.#kernel.config;
  }

  /** @throws LLMSPELL_E_RUNTIME_SECTION without a section `monitor`, LLMSPELL_E_RUNTIME_NOT_STARTED before `start()` */
  get monitor(): PerformanceMonitor {
    return this.#service("monitor");
  }

  /**
   * Builds and starts every part; when one fails, what had started is stopped again.
   *
   * @throws LLMSPELL_E_PLUGIN_FAILED; LLMSPELL_E_KERNEL_STATE when called twice
   */
  async start(): Promise<void> {
    await this.#kernel.start();
    this.#isStarted = true;
  }

  /** Takes no new work and waits for what is under way. */
  drain(): Promise<void> {
    return this.#kernel.drain();
  }

  /** Releases everything; safe to call at any time and more than once. */
  stop(): Promise<void> {
    return this.#kernel.stop();
  }

  /** The figures of every part, as of now. */
  readings(): Reading[] {
    return this.#kernel.collect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #service<Name extends ServiceName>(section: Name): Services[Name] {
    const service = this.#kernel.service(section);
    if (service !== undefined) return service;
    if (!(section in this.config.value)) throw commandErrors.LLMSPELL_E_RUNTIME_SECTION({ section });
    throw commandErrors.LLMSPELL_E_RUNTIME_NOT_STARTED({ section });
  }
}
