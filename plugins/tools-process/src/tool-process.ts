import { type Clock, type Log, messageOf, untilAborted } from "@llmspell/base";
import { ChildProcess, type ChildProcessOptions, type ProcessEnd } from "@llmspell/child-processes";
import type { ToolContext, ToolInstance } from "@llmspell/tools";
import { ErrorCodes, ResponseError } from "vscode-jsonrpc/node";
import { processToolErrors } from "./errors.ts";
import { JsonRpcPeer, type SentRequest } from "./json-rpc-peer.ts";
import { FrameError, HeaderFrames, LineFrames, type MessageFrames } from "./message-frames.ts";
import { ProcessCall } from "./process-call.ts";

export interface ToolProcessOptions extends ChildProcessOptions {
  readonly framing: "lines" | "headers";
  readonly method: string;
  readonly healthMethod: string | undefined;
  /** Milliseconds. */
  readonly abortGrace: number;
  /** Bytes. */
  readonly maxMessageSize: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** One process that serves calls: as many at once as the program takes. */
export class ToolProcess implements ToolInstance {
  readonly #options: ToolProcessOptions;
  readonly #child: ChildProcess;
  readonly #peer: JsonRpcPeer;
  #warmUps: NonNullable<ToolInstance["warmUps"]> = {};
  /** Why its process is ended before its time. */
  #problem: unknown;
  /** Whether its process closed a stream that calls need. */
  #isDeaf = false;
  /** Resolves, once the process has ended, with what its calls fail with. */
  readonly #ended: Promise<Error>;

  private constructor(child: ChildProcess, options: ToolProcessOptions) {
    this.#options = options;
    this.#child = child;
    this.#peer = new JsonRpcPeer({
      child,
      frames: this.#frames(),
      log: options.log,
      onBroken: (error) => this.#breakOff(error),
      onClosed: () => this.#onStreamClosed(),
    });
    this.#ended = child.closed.then((end) => this.#onEnded(end));
  }

  /**
   * Starts a process; resolves when it runs, and says that it is fit where it is asked.
   *
   * @throws the signal's reason, LLMSPELL_E_TOOL_PROCESS_START, what `check` throws
   */
  static async start(options: ToolProcessOptions, signal: AbortSignal): Promise<ToolProcess> {
    signal.throwIfAborted();
    const started = new ToolProcess(await startChild(options), options);
    try {
      signal.throwIfAborted();
      if (options.healthMethod !== undefined) await untilAborted(started.check(signal), signal);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** True once the process ends, or nothing can be understood of what it writes. */
  get isBroken(): boolean {
    return this.#isDeaf || this.#child.isEnding || this.#problem !== undefined;
  }

  /** What it can do ahead of its first call: a request of its own for each. */
  get warmUps(): NonNullable<ToolInstance["warmUps"]> {
    return this.#warmUps;
  }

  /** Says which requests it can be asked to warm up by. */
  offer(methods: readonly string[]): void {
    const warmUp = (method: string) => async (context: ToolContext) => {
      await this.request(method, [], context);
    };
    this.#warmUps = Object.fromEntries(methods.map((method) => [method, warmUp(method)]));
  }

  execute(input: unknown, context: ToolContext): Promise<unknown> {
    return this.request(this.#options.method, [input], context);
  }

  /** Asks by `healthMethod`, where that is given. */
  async check(signal: AbortSignal): Promise<void> {
    const { healthMethod } = this.#options;
    if (this.isBroken) throw await this.#endReason();
    if (healthMethod !== undefined) await this.request(healthMethod, [], { signal });
  }

  /**
   * How much memory the process holds now (its resident set), in bytes; on Linux with all that it started.
   *
   * @throws LLMSPELL_E_TOOL_PROCESS_EXIT when it has ended
   */
  async memory(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.#child.isEnding) throw await untilAborted(this.#ended, signal);
    return await this.#child.memory(signal);
  }

  /**
   * Makes a request of the program; settles when it has answered, or ended.
   *
   * @throws the signal's reason; LLMSPELL_E_TOOL_PROCESS_ANSWER, LLMSPELL_E_TOOL_PROCESS_INPUT,
   * LLMSPELL_E_TOOL_PROCESS_EXIT, LLMSPELL_E_TOOL_PROCESS_OUTPUT
   */
  async request(method: string, params: readonly [unknown?], context: ToolContext): Promise<unknown> {
    context.signal.throwIfAborted();
    if (this.isBroken) throw await this.#endReason();
    const { abortGrace, clock } = this.#options;
    let sent: SentRequest | undefined;
    using call = new ProcessCall(context, {
      abortGrace,
      clock,
      cancel: () => sent?.cancel(),
      onOverdue: () => this.#breakOff(new Error(`a call that was given up did not end within ${abortGrace} ms.`)),
    });
    try {
      sent = this.#peer.send(method, params, context.onProgress && ((progress) => call.report(progress)));
      const output = await sent.answer;
      call.throwIfGivenUp();
      return output;
    } catch (error) {
      throw call.reasonOr(await this.#failureOf(method, error));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end();
  }

  #frames(): MessageFrames {
    const { framing, maxMessageSize } = this.#options;
    return framing === "lines" ? new LineFrames(maxMessageSize) : new HeaderFrames(maxMessageSize);
  }

  /** What a request fails with that was not answered, or with an error. */
  async #failureOf(method: string, error: unknown): Promise<unknown> {
    if (this.isBroken) return await this.#endReason();
    if (!(error instanceof ResponseError)) return error;
    const { command } = this.#options;
    const { code, message: problem } = error;
    // A stream that failed has broken the instance, so what is left is a message that cannot be written.
    if (code === ErrorCodes.MessageWriteError) {
      return processToolErrors.LLMSPELL_E_TOOL_PROCESS_INPUT({ command, problem }, { cause: error });
    }
    return processToolErrors.LLMSPELL_E_TOOL_PROCESS_ANSWER({ command, method, code, problem }, { cause: error });
  }

  /** What calls fail with since the instance is broken. Who wrote no message is not waited for. */
  async #endReason(): Promise<Error> {
    return this.#problem instanceof FrameError ? this.#outputError(this.#problem) : await this.#ended;
  }

  #outputError(error: FrameError): Error {
    const details = { command: this.#options.command, problem: error.message };
    return processToolErrors.LLMSPELL_E_TOOL_PROCESS_OUTPUT(details, { cause: error });
  }

  /** Ends the process, which cannot serve any longer; `#onEnded` then settles what it had under way. */
  #breakOff(problem: unknown): void {
    if (this.#child.isEnding) return;
    this.#problem ??= problem;
    if (problem instanceof FrameError) this.#peer.dispose();
    void this.#child.end();
  }

  /** Mostly because the process ends; one that goes on without its streams is of no use, and is ended. */
  #onStreamClosed(): void {
    if (this.#isDeaf || this.#child.isEnding) return;
    this.#isDeaf = true;
    const { clock, abortGrace } = this.#options;
    const problem = new Error("it had closed its standard input or output, and did not end.");
    const timer = clock.setTimeout(() => this.#breakOff(problem), abortGrace);
    void this.#child.closed.then(() => timer.cancel());
  }

  #onEnded({ code, signal }: ProcessEnd): Error {
    this.#peer.dispose();
    if (this.#problem instanceof FrameError) return this.#outputError(this.#problem);
    const problem = this.#problem === undefined ? undefined : messageOf(this.#problem);
    const how = signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}`;
    const details = { command: this.#options.command, how, problem, stderr: this.#child.stderrTail };
    return processToolErrors.LLMSPELL_E_TOOL_PROCESS_EXIT(details, { cause: this.#problem });
  }
}

/** @throws LLMSPELL_E_TOOL_PROCESS_START */
async function startChild(options: ToolProcessOptions): Promise<ChildProcess> {
  const { command, clock, log } = options;
  try {
    return await ChildProcess.start(options, { clock, log });
  } catch (error) {
    throw processToolErrors.LLMSPELL_E_TOOL_PROCESS_START({ command, problem: messageOf(error) }, { cause: error });
  }
}
