import { type Clock, type Log, untilAborted } from "@llmspell/base";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import pidusage from "pidusage";
import { membersOfGroup } from "./process-group.ts";
import type { ServerLink } from "./server-link.ts";
import { type ServerCommand, ServerProcess } from "./server-process.ts";
import { StdioTransport } from "./stdio-transport.ts";

export interface StdioLinkOptions extends ServerCommand {
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
  readonly #process: ServerProcess;
  readonly #stopGrace: number;

  private constructor(process: ServerProcess, { command, stopGrace, log }: StdioLinkOptions) {
    this.#process = process;
    this.#stopGrace = stopGrace;
    this.#stdio = new StdioTransport(process, command, log);
    this.#stdio.onclose = () => {
      this.isBroken = true;
    };
    this.transport = this.#stdio;
    this.memory = (signal) => untilAborted(this.#measure(), signal);
  }

  /** @throws what the operating system says against starting it */
  static async open(options: StdioLinkOptions): Promise<StdioLink> {
    return new StdioLink(await ServerProcess.start(options, options.clock), options);
  }

  describe(): string {
    const { fault } = this.#stdio;
    return fault === undefined ? this.#process.describe() : `${fault}; ${this.#process.describe()}`;
  }

  async close(): Promise<void> {
    await this.#process.stop(this.#stopGrace);
  }

  async abandon(): Promise<void> {
    await this.#process.kill();
  }

  /** The resident memory of the server and of what it has started, such as the shell and the server behind `npx`. */
  async #measure(): Promise<number> {
    const { pid } = this.#process;
    if (pid === undefined || this.isBroken) return 0;
    const usages: Partial<Record<string, { readonly memory: number }>> = await pidusage(await membersOfGroup(pid));
    return Object.values(usages).reduce((sum, usage) => sum + (usage?.memory ?? 0), 0);
  }
}
