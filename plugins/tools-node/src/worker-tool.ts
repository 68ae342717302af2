import { type Bytes, type Clock, parseBytes, parseDuration, systemClock } from "@llmspell/base";
import type { ToolContext, ToolInstance } from "@llmspell/tools";
import { type WorkerToolOptions, workerToolOptionsDefaults } from "./generated/options.ts";
import { ModuleTool } from "./module-tool.ts";
import { WorkerThread, type WorkerThreadOptions } from "./worker-thread.ts";

const BYTES_IN_MEBIBYTE = 2 ** 20;

/**
 * Calls a module's function in a worker thread, one thread for each instance. The module is imported only there.
 *
 * A thread that ends (by a crash, `process.exit`, its resource limits) costs the calls that it had under way, which fail
 * with LLMSPELL_E_TOOL_WORKER_EXIT; the pool starts another.
 */
export class WorkerTool extends ModuleTool implements AsyncDisposable {
  readonly #thread: WorkerThreadOptions;
  /** The thread that told what the module describes: the first instance. */
  #first: WorkerThread | undefined;

  constructor(options: WorkerToolOptions, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    super(options);
    const limits = options.resourceLimits ?? {};
    this.#thread = {
      module: this.module,
      exportName: this.exportName,
      abortGrace: parseDuration(options.abortGrace ?? workerToolOptionsDefaults.abortGrace),
      clock,
      resourceLimits: {
        ...(limits.heap !== undefined && { maxOldGenerationSizeMb: mebibytes(limits.heap) }),
        ...(limits.youngHeap !== undefined && { maxYoungGenerationSizeMb: mebibytes(limits.youngHeap) }),
        ...(limits.stack !== undefined && { stackSizeMb: mebibytes(limits.stack) }),
      },
    };
  }

  /** @throws LLMSPELL_E_TOOL_MODULE when the module cannot be imported or does not export a tool */
  async prepare({ signal }: ToolContext): Promise<void> {
    const { thread, description } = await this.#start(signal);
    try {
      this.learn(description);
      this.#first = thread;
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    }
  }

  async createInstance({ signal }: ToolContext): Promise<ToolInstance> {
    signal.throwIfAborted();
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && !first.isBroken) return first;
    const { thread } = await this.#start(signal);
    return thread;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first?.[Symbol.asyncDispose]();
  }

  async #start(signal: AbortSignal): Promise<Awaited<ReturnType<typeof WorkerThread.start>>> {
    try {
      return await WorkerThread.start(this.#thread, signal);
    } catch (error) {
      throw signal.aborted ? error : this.moduleError(error);
    }
  }
}

function mebibytes(size: Bytes): number {
  return parseBytes(size) / BYTES_IN_MEBIBYTE;
}
