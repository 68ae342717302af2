import type { Clock, Log } from "@llmspell/base";
import { ChildProcess, type ChildProcessOptions } from "@llmspell/child-processes";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { ServerLink } from "./server-link.ts";
import { StdioTransport } from "./stdio-transport.ts";

export interface StdioLinkOptions extends Pick<ChildProcessOptions, "command" | "args" | "env" | "cwd"> {
  /** Milliseconds. */
  readonly stopGrace: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A server that is started for the connection, and ended with it. */
export class StdioLink implements ServerLink {
  readonly transport: Transport;
  /** A plain field: the pool reads it around every call. */
  isBroken = false;
  readonly memory: NonNullable<ServerLink["memory"]>;
  readonly #stdio: StdioTransport;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { command, log }: StdioLinkOptions) {
    this.#child = child;
    this.#stdio = new StdioTransport(child, command, log);
    this.#stdio.onclose = () => {
      this.isBroken = true;
    };
    this.transport = this.#stdio;
    this.memory = (signal) => child.memory(signal);
  }

  /** @throws an Error that says why the server cannot be started */
  static async open(options: StdioLinkOptions): Promise<StdioLink> {
    const { stopGrace, clock, log } = options;
    // The end of its input is how an MCP server is told to end.
    const graces = { inputGrace: stopGrace, killGrace: stopGrace };
    return new StdioLink(await ChildProcess.start({ ...options, ...graces }, { clock, log }), options);
  }

  describe(): string {
    const { fault } = this.#stdio;
    const state = fault === undefined ? this.#state() : `${fault}; ${this.#state()}`;
    const stderr = this.#child.stderrTail.trim();
    return stderr === "" ? `${state}.` : `${state}; its standard error ends in: ${stderr}`;
  }

  async close(): Promise<void> {
    await this.#child.end();
  }

  async abandon(): Promise<void> {
    await this.#child.kill();
  }

  #state(): string {
    const { ended } = this.#child;
    if (ended === undefined) return "it runs";
    return ended.signal === null ? `it ended with exit code ${ended.code}` : `it was ended by ${ended.signal}`;
  }
}
