import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { type Clock, type Log, messageOf, silentLog, systemClock, untilAborted } from "@llmspell/base";
import { childEnvironment } from "./child-environment.ts";
import { groupMemory } from "./group-memory.ts";
import { signalGroup, sweepGroup, watchGroup } from "./group-signals.ts";
import { startError } from "./start-error.ts";
import { StderrTail } from "./stderr-tail.ts";

/** How long the pipes of an ended process may stay open, in milliseconds: somebody who left its group can hold them. */
const PIPE_LIMIT = 1000;

export interface ChildProcessOptions {
  /** A program on PATH, or a path relative to `cwd`; no shell reads it. */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Environment variables, beside the few that `childEnvironment` lets it inherit. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Its working directory. Default: that of this process. */
  readonly cwd?: string | undefined;
  /** How long it may take to end once its input is closed, in milliseconds; then it gets SIGTERM. 0: it gets that at once. */
  readonly inputGrace: number;
  /** How long it may take to end once it got SIGTERM, in milliseconds; then it is killed. */
  readonly killGrace: number;
}

/** What a child process takes from outside. */
export interface ChildProcessDependencies {
  /** Times its end; default the system's. */
  readonly clock?: Clock;
  /** Told, at level debug, each line that it writes to standard error; default silent. */
  readonly log?: Log;
}

/** How a process ended: by an exit code, or by a signal. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * A process with all that it starts. On POSIX systems it leads a process group, which gets every signal as a whole; on Windows
 * the tree is found by its root.
 *
 * What remains of the group when its leader ends is killed. Nothing of it outlives the exit of this process either. Where that
 * ends without one (SIGKILL, or a signal that it does not handle), the child's input closes, and it must end by itself.
 */
export class ChildProcess implements AsyncDisposable {
  readonly pid: number;
  /** Resolves when the process has ended, its group was killed, and all that it wrote has been read. */
  readonly closed: Promise<ProcessEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #inputGrace: number;
  readonly #killGrace: number;
  readonly #clock: Clock;
  readonly #stderr: StderrTail;
  readonly #exited = Promise.withResolvers<true>();
  #ended: ProcessEnd | undefined;
  #ending: Promise<ProcessEnd> | undefined;
  #isEnding = false;

  private constructor(
    child: ChildProcessWithoutNullStreams,
    pid: number,
    { command, inputGrace, killGrace }: ChildProcessOptions,
    { clock = systemClock, log = silentLog }: ChildProcessDependencies,
  ) {
    this.pid = pid;
    this.#child = child;
    this.#inputGrace = inputGrace;
    this.#killGrace = killGrace;
    this.#clock = clock;
    this.#stderr = new StderrTail((line) => log.debug(line, { command, pid }));
    watchGroup(pid);
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#stderr.push(text));
    // Nobody need listen: what a failed stream means is said by the end of the process.
    const onError = (error: unknown) => {
      log.debug("A stream of a child process failed.", { command, pid, problem: messageOf(error) });
    };
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", onError);
    const { promise: closed, resolve: onClose } = Promise.withResolvers<ProcessEnd>();
    this.closed = closed;
    child.once("exit", (code, signal) => this.#onExit({ code, signal }));
    child.once("close", (code, signal) => {
      this.#stderr.endLine();
      onClose({ code, signal });
    });
  }

  /**
   * Starts a program.
   *
   * @throws an Error that says why it cannot be started, with what the system says as its cause; TypeError when it is given
   * what no program can take
   */
  static async start(options: ChildProcessOptions, dependencies: ChildProcessDependencies = {}): Promise<ChildProcess> {
    const { command, args = [], env = {}, cwd } = options;
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: childEnvironment(env),
      // A group of its own. Windows has none, and would open a window.
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: "pipe",
    });
    if (child.pid !== undefined) return new ChildProcess(child, child.pid, options, dependencies);
    // Then it may have no streams either.
    const [error] = await once(child, "error");
    throw startError(options, error);
  }

  get stdin(): Writable {
    return this.#child.stdin;
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }

  /** The last lines that it wrote to standard error: at most 20, and 500 characters of each; empty when there are none. */
  get stderrTail(): string {
    return this.#stderr.text;
  }

  /** How it ended; `undefined` while it runs. */
  get ended(): ProcessEnd | undefined {
    return this.#ended;
  }

  /** Whether it has ended, or was asked to. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /**
   * Ends it and all that it started: closes its input, asks by SIGTERM after `inputGrace`, kills after `killGrace`. On Windows,
   * which has no SIGTERM, it is killed after both.
   */
  end(): Promise<ProcessEnd> {
    this.#ending ??= this.#endInSteps();
    return this.#ending;
  }

  /** Kills it and all that it started at once. */
  async kill(): Promise<ProcessEnd> {
    this.#isEnding = true;
    this.#signal("SIGKILL");
    return await this.closed;
  }

  /**
   * How much memory it holds now (its resident set), in bytes; on Linux with all that it started. 0 once it has ended.
   *
   * @throws the signal's reason; what the system says against measuring it
   */
  async memory(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return this.#ended === undefined ? await untilAborted(groupMemory(this.pid), signal) : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #endInSteps(): Promise<ProcessEnd> {
    this.#isEnding = true;
    this.#child.stdin.end();
    if (this.#inputGrace > 0) await this.#exitsWithin(this.#inputGrace);
    this.#signal("SIGTERM");
    if (!(await this.#exitsWithin(this.#killGrace))) this.#signal("SIGKILL");
    return await this.closed;
  }

  async #exitsWithin(limit: number): Promise<boolean> {
    const { promise: overdue, resolve } = Promise.withResolvers<false>();
    const timer = this.#clock.setTimeout(() => resolve(false), limit);
    const hasExited = await Promise.race([this.#exited.promise, overdue]);
    timer.cancel();
    return hasExited;
  }

  /** Not once it has ended: its group was killed then, and its id may be another's. */
  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#ended === undefined) signalGroup(this.pid, signal);
  }

  #onExit(end: ProcessEnd): void {
    this.#ended = end;
    this.#isEnding = true;
    sweepGroup(this.pid);
    this.#exited.resolve(true);
    const { stdin, stdout, stderr } = this.#child;
    const release = this.#clock.setTimeout(() => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    }, PIPE_LIMIT);
    this.#child.once("close", () => release.cancel());
  }
}
