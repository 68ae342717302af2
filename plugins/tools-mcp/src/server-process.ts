import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Clock } from "@llmspell/base";
import { getDefaultEnvironment } from "@modelcontextprotocol/sdk/client/stdio.js";
import { killGroup, outlivesNobody } from "./process-group.ts";

/** How much of the last that a server wrote to its standard error is kept for messages, in characters. */
const STDERR_KEPT = 2000;
/** How long pipes may stay open that somebody else holds after the process has ended, in milliseconds. */
const PIPES_LIMIT = 500;

/** What is started, and how. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

/** A program that was started in a process group of its own, so that it can be ended with all that it starts. */
export class ServerProcess {
  /** Resolves when it has ended, all that it wrote has been read, and its group has been killed. */
  readonly closed: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #clock: Clock;
  #stderr = "";
  #end: string | undefined;

  private constructor(child: ChildProcessWithoutNullStreams, clock: Clock) {
    this.#child = child;
    this.#clock = clock;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    child.once("close", () => resolve());
    child.once("exit", (code, signal) => this.#onExit(code, signal));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
  }

  /** @throws what the operating system says against it: ENOENT, EACCES */
  static async start({ command, args, env, cwd }: ServerCommand, clock: Clock): Promise<ServerProcess> {
    const child = spawn(command, args, {
      cwd,
      env: { ...getDefaultEnvironment(), ...env },
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own. Windows has none, and would open a window.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    await once(child, "spawn");
    outlivesNobody(child);
    return new ServerProcess(child, clock);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stdin(): ChildProcessWithoutNullStreams["stdin"] {
    return this.#child.stdin;
  }

  get stdout(): ChildProcessWithoutNullStreams["stdout"] {
    return this.#child.stdout;
  }

  /** What is known of it for a message: how it ended, and what it wrote to its standard error last. */
  describe(): string {
    const end = this.#end ?? "it runs";
    const stderr = this.#stderr.trim();
    return stderr === "" ? `${end}.` : `${end}; its standard error ends in: ${stderr}`;
  }

  /**
   * Closes its input, which tells an MCP server to end; then asks by SIGTERM, then kills.
   *
   * @param grace how long each may take, in milliseconds
   */
  async stop(grace: number): Promise<void> {
    this.#child.stdin.end();
    if (await this.#endsWithin(grace)) return;
    if (this.#end === undefined) killGroup(this.#child, "SIGTERM");
    if (await this.#endsWithin(grace)) return;
    await this.kill();
  }

  /** Ends it and all that it started at once. */
  async kill(): Promise<void> {
    // Once it has ended its group was killed, and its id may be another's.
    if (this.#end === undefined) killGroup(this.#child, "SIGKILL");
    await this.closed;
  }

  async #endsWithin(limit: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = this.#clock.setTimeout(() => resolve(false), limit);
    const closed = this.closed.then(() => true);
    const hasEnded = await Promise.race([closed, promise]);
    timer.cancel();
    return hasEnded;
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#end = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
    // What it started must not outlive it, nor hold its pipes open.
    killGroup(this.#child, "SIGKILL");
    const timer = this.#clock.setTimeout(() => {
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
    }, PIPES_LIMIT);
    this.#child.once("close", () => timer.cancel());
  }
}
