import { Worker, type WorkerOptions } from "node:worker_threads";
import { type Clock, messageOf, type Timer } from "@llmspell/base";
import type { ToolContext, ToolInstance } from "@llmspell/tools";
import { nodeToolErrors } from "./errors.ts";
import type { ModuleDescription } from "./tool-module.ts";
import { type FromWorker, revive, type ToWorker, type WorkerTask } from "./worker-messages.ts";

/** The thread's first module: TypeScript where this runs from its sources, JavaScript where it was built. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./worker-entry.ts" : "./worker-entry.js", import.meta.url);

export interface WorkerThreadOptions extends WorkerTask {
  /** Milliseconds. */
  readonly abortGrace: number;
  readonly resourceLimits: NonNullable<WorkerOptions["resourceLimits"]>;
  readonly clock: Clock;
}

interface PendingCall {
  readonly resolve: (output: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal;
}

/** One thread that serves calls: several at once where its function awaits, one after the other where it computes. */
export class WorkerThread implements ToolInstance {
  readonly #options: WorkerThreadOptions;
  readonly #worker: Worker;
  readonly #calls = new Map<number, PendingCall>();
  readonly #ready = Promise.withResolvers<ModuleDescription>();
  #nextId = 0;
  #problem: unknown;
  #hasExited = false;

  private constructor(options: WorkerThreadOptions) {
    const { module, exportName, resourceLimits } = options;
    const workerData: WorkerTask = { module, exportName };
    this.#options = options;
    this.#worker = new Worker(ENTRY, { workerData, resourceLimits });
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("messageerror", (error) => this.#end(error));
    this.#worker.on("error", (error) => {
      this.#problem = error;
    });
    this.#worker.on("exit", (exitCode) => this.#onExit(exitCode));
  }

  /**
   * Starts a thread; resolves when its module is loaded.
   *
   * @throws the signal's reason, or why the module cannot be used
   */
  static async start(
    options: WorkerThreadOptions,
    signal: AbortSignal,
  ): Promise<{ readonly thread: WorkerThread; readonly description: ModuleDescription }> {
    signal.throwIfAborted();
    const thread = new WorkerThread(options);
    const onAbort = () => thread.#ready.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return { thread, description: await thread.#ready.promise };
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** True once the thread has ended. */
  get isBroken(): boolean {
    return this.#hasExited;
  }

  async execute(input: unknown, { signal }: ToolContext): Promise<unknown> {
    return await this.#send({ type: "call", id: this.#nextId++, input }, signal);
  }

  /** Asks an idle thread for a sign of life; one that computes is known to live. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#calls.size === 0) await this.#send({ type: "ping", id: this.#nextId++ }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  async #send(message: ToWorker, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    if (this.#hasExited) throw this.#exitError(0);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    let grace: Timer | undefined;
    const onAbort = () => {
      this.#tell({ type: "abort", id: message.id });
      grace = this.#options.clock.setTimeout(() => this.#end(signal.reason), this.#options.abortGrace);
    };
    this.#calls.set(message.id, { resolve, reject, signal });
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#tell(message);
      return await promise;
    } finally {
      this.#calls.delete(message.id);
      signal.removeEventListener("abort", onAbort);
      grace?.cancel();
    }
  }

  /** @throws DataCloneError when the input holds what cannot go to another thread */
  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === "ready") this.#ready.resolve(message.description);
    else if (message.type === "unusable") this.#ready.reject(revive(message.error));
    else if (message.type === "done") this.#calls.get(message.id)?.resolve(message.output);
    else this.#calls.get(message.id)?.reject(revive(message.error));
  }

  /** Ends the thread; `#onExit` then settles what it had under way. */
  #end(problem: unknown): void {
    this.#problem ??= problem;
    this.#worker.terminate().catch((error: unknown) => {
      this.#problem ??= error;
    });
  }

  #onExit(exitCode: number): void {
    this.#hasExited = true;
    const error = this.#exitError(exitCode);
    this.#ready.reject(error);
    for (const { reject, signal } of this.#calls.values()) reject(signal.aborted ? signal.reason : error);
  }

  #exitError(exitCode: number): Error {
    const problem = this.#problem === undefined ? undefined : messageOf(this.#problem);
    const details = { module: this.#options.module, exitCode, problem };
    return nodeToolErrors.LLMSPELL_E_TOOL_WORKER_EXIT(details, { cause: this.#problem });
  }
}
