import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Clock } from "@llmspell/base";
import { killTree, signalTree, watchTree } from "./tree-signals.ts";

/** How long the pipes of an ended process may stay open, in milliseconds: somebody who left its group can hold them. */
const PIPE_LIMIT = 1000;

export interface ProcessTreeOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** Milliseconds between the request to end and the kill. */
  readonly killGrace: number;
  readonly clock: Clock;
}

/** How a process ended: by an exit code, or by a signal. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * A process with all that it starts. On POSIX systems it leads a process group, which gets every signal as a whole; on Windows
 * the tree is found by its parents.
 *
 * What remains of the group when its leader ends is killed. Nothing of it outlives this process either, unless that is killed
 * itself (SIGKILL): then the tree's standard input closes, and a program must end by itself when it sees that.
 */
export class ProcessTree implements AsyncDisposable {
  /** Resolves when the process runs; rejects when it cannot be started. */
  readonly spawned: Promise<void>;
  /** Resolves when the process has ended and all it wrote has been read. */
  readonly closed: Promise<ProcessEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #killGrace: number;
  readonly #clock: Clock;
  #isEnding = false;

  constructor({ command, args, env, cwd, killGrace, clock }: ProcessTreeOptions) {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env,
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: "pipe",
    });
    const { promise: spawned, resolve: onSpawn, reject: onError } = Promise.withResolvers<void>();
    const { promise: closed, resolve: onClose } = Promise.withResolvers<ProcessEnd>();
    this.spawned = spawned;
    this.closed = closed;
    this.#child = child;
    this.#killGrace = killGrace;
    this.#clock = clock;
    // Who does not wait for the start learns from `closed` that there was none.
    spawned.catch(() => undefined);
    child.once("spawn", onSpawn);
    child.on("error", (error) => {
      onError(error);
      if (child.pid === undefined) onClose({ code: null, signal: null });
    });
    child.once("exit", () => this.#onExit());
    child.once("close", (code, signal) => onClose({ code, signal }));
    if (child.pid !== undefined) watchTree(child.pid);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stdin(): Writable {
    return this.#child.stdin;
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }

  get stderr(): Readable {
    return this.#child.stderr;
  }

  /** Whether the process has ended, or was asked to. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Ends the tree: closes its input, asks it to end, and kills it when it has not ended within its grace. */
  async end(): Promise<ProcessEnd> {
    const { pid, stdin } = this.#child;
    if (!this.#isEnding && pid !== undefined) {
      this.#isEnding = true;
      stdin.end();
      signalTree(pid, "SIGTERM");
      const kill = this.#clock.setTimeout(() => killTree(pid), this.#killGrace);
      await this.closed;
      kill.cancel();
    }
    return await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #onExit(): void {
    this.#isEnding = true;
    const { pid, stdin, stdout, stderr } = this.#child;
    if (pid !== undefined) killTree(pid);
    const release = this.#clock.setTimeout(() => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    }, PIPE_LIMIT);
    this.#child.once("close", () => release.cancel());
  }
}
