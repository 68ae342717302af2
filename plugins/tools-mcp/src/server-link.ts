import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

/** The way to one server: a process that was started for it, or a session over HTTP. */
export interface ServerLink {
  readonly transport: Transport;
  /** True once nothing can be sent any more. */
  readonly isBroken: boolean;
  /** How it is or why it ended, for a message. */
  describe(): string;
  /** Lets the server end what it does, within its grace, and then leaves nothing behind. */
  close(): Promise<void>;
  /** Leaves at once: for a server that never answered. */
  abandon(): Promise<void>;
  /** Bytes that the server holds, where it runs here. */
  memory?(signal: AbortSignal): Promise<number>;
}
