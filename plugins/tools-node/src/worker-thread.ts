import { MessageChannel, Worker, type WorkerOptions } from "node:worker_threads";
import { type Clock, messageOf, untilAborted } from "@llmspell/base";
import type { ToolContext, ToolInstance } from "@llmspell/tools";
import { nodeToolErrors } from "./errors.ts";
import { ThreadPort } from "./thread-port.ts";
import type { ModuleDescription } from "./tool-module.ts";
import { transfersOf } from "./transferable.ts";
import { type CallSurroundings, WorkerCall } from "./worker-call.ts";
import { type FromWorker, revive, type WorkerStart, type WorkerTask } from "./worker-messages.ts";

/** The thread's first module: TypeScript where this runs from its sources, JavaScript where it was built. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./worker-entry.ts" : "./worker-entry.js", import.meta.url);

export interface WorkerThreadOptions extends WorkerTask {
  /** Milliseconds. */
  readonly abortGrace: number;
  readonly resourceLimits: NonNullable<WorkerOptions["resourceLimits"]>;
  readonly clock: Clock;
}

/** What a thread tells when its module is loaded. */
type Ready = FromWorker & { readonly type: "ready" };

/** One thread that serves calls: several at once where its function awaits, one after the other where it computes. */
export class WorkerThread implements ToolInstance {
  readonly #module: string;
  readonly #worker: Worker;
  readonly #port: ThreadPort;
  readonly #surroundings: CallSurroundings;
  readonly #calls = new Map<number, WorkerCall>();
  readonly #ready = Promise.withResolvers<Ready>();
  #warmUps: NonNullable<ToolInstance["warmUps"]> = {};
  #nextId = 0;
  #problem: unknown;
  #isEnding = false;

  private constructor({ module, exportName, resourceLimits, abortGrace, clock }: WorkerThreadOptions) {
    const { port1, port2: port } = new MessageChannel();
    const workerData: WorkerStart = { module, exportName, port };
    this.#module = module;
    this.#port = new ThreadPort(port1, {
      receive: (message) => this.#receive(message),
      onRefused: (message, error) => this.#take(message.id)?.fail(error),
      onUnreadable: (error) => this.#end(error),
    });
    this.#surroundings = {
      abortGrace,
      clock,
      abort: (id) => this.#port.post({ type: "abort", id }),
      terminate: (reason) => this.#end(reason),
    };
    this.#worker = new Worker(ENTRY, { workerData, transferList: [port], resourceLimits });
    this.#worker.on("error", (error) => {
      this.#isEnding = true;
      this.#problem ??= error;
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
    try {
      const { description, warmUps } = await untilAborted(thread.#ready.promise, signal);
      thread.#warmUps = Object.fromEntries(warmUps.map((name) => [name, (context) => thread.#warmUp(name, context)]));
      return { thread, description };
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** True once the thread ends, or has ended. */
  get isBroken(): boolean {
    return this.#isEnding;
  }

  /** What the module can do ahead of the first call. */
  get warmUps(): NonNullable<ToolInstance["warmUps"]> {
    return this.#warmUps;
  }

  execute(input: unknown, context: ToolContext): Promise<unknown> {
    return this.#call(context, (id, { isProgressWanted }) => {
      this.#port.post({ type: "call", id, input, isProgressWanted }, transfersOf(input));
    });
  }

  /** Asks an idle thread for a sign of life; one that computes is known to live. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#calls.size === 0) await this.#call({ signal }, (id) => this.#port.post({ type: "ping", id }));
  }

  /**
   * The thread's heap and what it refers to outside (its buffers), in bytes; known also while the thread computes.
   *
   * @throws LLMSPELL_E_TOOL_WORKER_EXIT, LLMSPELL_E_TOOL_WORKER_MEMORY when the thread has ended
   */
  async memory(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.#isEnding) throw this.#exitError(0);
    const statistics = this.#worker.getHeapStatistics().catch((error: unknown) => {
      throw this.#isEnding ? this.#exitError(0) : error;
    });
    const { total_heap_size: heap, external_memory: external } = await untilAborted(statistics, signal);
    return heap + external;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  async #warmUp(name: string, context: ToolContext): Promise<void> {
    await this.#call(context, (id) => this.#port.post({ type: "warm_up", id, name }));
  }

  /** @throws the signal's reason, why the thread has ended; a DataCloneError when the input cannot go to another thread */
  #call(context: ToolContext, send: (id: number, call: WorkerCall) => void): Promise<unknown> {
    if (context.signal.aborted) return Promise.reject(context.signal.reason);
    if (this.#isEnding) return Promise.reject(this.#exitError(0));
    const id = this.#nextId++;
    const call = new WorkerCall(id, context, this.#surroundings);
    this.#calls.set(id, call);
    send(id, call);
    return call.promise;
  }

  #receive(message: FromWorker): void {
    if (message.type === "ready") this.#ready.resolve(message);
    else if (message.type === "unusable") this.#ready.reject(revive(message.error));
    else if (message.type === "progress") this.#calls.get(message.id)?.report(message.progress);
    else this.#settle(message);
  }

  #settle(message: FromWorker & { readonly type: "done" | "failed" }): void {
    const call = this.#take(message.id);
    if (message.type === "done") call?.done(message.output);
    else call?.fail(revive(message.error));
  }

  #take(id: number): WorkerCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** Ends the thread; `#onExit` then settles what it had under way. */
  #end(problem: unknown): void {
    this.#isEnding = true;
    this.#problem ??= problem;
    this.#worker.terminate().catch((error: unknown) => {
      this.#problem ??= error;
    });
  }

  #onExit(exitCode: number): void {
    this.#isEnding = true;
    // What the thread told before it ended may not have been read yet.
    this.#port.receiveAll();
    this.#port.close();
    const error = this.#exitError(exitCode);
    this.#ready.reject(error);
    for (const call of this.#calls.values()) call.fail(error);
    this.#calls.clear();
  }

  #exitError(exitCode: number): Error {
    const problem = this.#problem === undefined ? undefined : messageOf(this.#problem);
    const details = { module: this.#module, exitCode, problem };
    const kind = isOutOfMemory(this.#problem) ? "LLMSPELL_E_TOOL_WORKER_MEMORY" : "LLMSPELL_E_TOOL_WORKER_EXIT";
    return nodeToolErrors[kind](details, { cause: this.#problem });
  }
}

function isOutOfMemory(problem: unknown): boolean {
  return problem instanceof Error && "code" in problem && problem.code === "ERR_WORKER_OUT_OF_MEMORY";
}
