import {
  type Clock,
  isLlmspellError,
  type Log,
  messageOf,
  parseBytes,
  parseDuration,
  silentLog,
  systemClock,
  untilAborted,
} from "@llmspell/base";
import type { JsonSchema, Tool, ToolContext, ToolInstance } from "@llmspell/tools";
import { processToolErrors } from "./errors.ts";
import { type ProcessToolOptions, processToolOptionsDefaults } from "./generated/options.ts";
import { descriptionIn, type ProcessDescription } from "./process-description.ts";
import { ToolProcess, type ToolProcessOptions } from "./tool-process.ts";

/** What a process tool takes beside its options. */
export interface ProcessToolDependencies {
  readonly clock?: Clock;
  readonly log?: Log;
}

/**
 * Calls a program of any language, one process for each instance: JSON-RPC 2.0 over its standard input and output.
 *
 * A process that ends costs the calls that it had under way, which fail with LLMSPELL_E_TOOL_PROCESS_EXIT, its exit code or
 * signal and its last lines on standard error; the pool starts another.
 */
export class ProcessTool implements Tool, AsyncDisposable {
  readonly #options: ProcessToolOptions;
  readonly #process: ToolProcessOptions;
  #learned: Partial<ProcessDescription> = {};
  /** The process that described itself: the first instance. */
  #first: ToolProcess | undefined;

  constructor(options: ProcessToolOptions, { clock = systemClock, log = silentLog }: ProcessToolDependencies = {}) {
    const defaults = processToolOptionsDefaults;
    this.#options = options;
    this.#process = {
      command: options.command,
      args: options.args,
      env: options.env,
      cwd: options.cwd,
      framing: options.framing ?? defaults.framing,
      method: options.method ?? defaults.method,
      healthMethod: options.healthMethod,
      abortGrace: parseDuration(options.abortGrace ?? defaults.abortGrace),
      // SIGTERM comes together with the end of its input.
      inputGrace: 0,
      killGrace: parseDuration(options.killGrace ?? defaults.killGrace),
      maxMessageSize: parseBytes(options.maxMessageSize ?? defaults.maxMessageSize),
      clock,
      log,
    };
  }

  get description(): string {
    return this.#options.description ?? this.#learned.description ?? "";
  }

  get inputSchema(): JsonSchema {
    return this.#options.inputSchema ?? this.#learned.inputSchema ?? {};
  }

  get outputSchema(): JsonSchema | undefined {
    return this.#options.outputSchema ?? this.#learned.outputSchema;
  }

  /**
   * Asks the program to describe itself, where the options do not say all that a caller must know.
   *
   * @throws LLMSPELL_E_TOOL_PROCESS_DESCRIPTION, LLMSPELL_E_TOOL_PROCESS_START; what the request `describe` fails with
   */
  async prepare({ signal }: ToolContext): Promise<void> {
    const { description, inputSchema } = this.#options;
    if (description !== undefined && inputSchema !== undefined) return;
    const first = await ToolProcess.start(this.#process, signal);
    try {
      this.#learned = this.#read(await untilAborted(first.request("describe", [], { signal }), signal));
      this.#first = first;
    } catch (error) {
      await first[Symbol.asyncDispose]();
      throw isLlmspellError(error, "LLMSPELL_E_TOOL_PROCESS_ANSWER") ? this.#descriptionError(error) : error;
    }
  }

  async createInstance({ signal }: ToolContext): Promise<ToolInstance> {
    signal.throwIfAborted();
    const first = this.#first;
    this.#first = undefined;
    if (first?.isBroken) await first[Symbol.asyncDispose]();
    const instance = first?.isBroken === false ? first : await ToolProcess.start(this.#process, signal);
    instance.offer(this.#options.warmUps ?? this.#learned.warmUps ?? []);
    return instance;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first?.[Symbol.asyncDispose]();
  }

  /** @throws LLMSPELL_E_TOOL_PROCESS_DESCRIPTION */
  #read(answer: unknown): ProcessDescription {
    try {
      return descriptionIn(answer, this.#options);
    } catch (error) {
      throw this.#descriptionError(error);
    }
  }

  #descriptionError(error: unknown): Error {
    const details = { command: this.#options.command, problem: messageOf(error) };
    return processToolErrors.LLMSPELL_E_TOOL_PROCESS_DESCRIPTION(details, { cause: error });
  }
}
