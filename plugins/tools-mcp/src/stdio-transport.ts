import { type Log, messageOf } from "@llmspell/base";
import { type ChildProcess, LineReader } from "@llmspell/child-processes";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** How long one message may be, in bytes: room for files as base64, far from exhausting the heap. */
const MAX_MESSAGE = 64 * 2 ** 20;
/** How many lines that are no message a server may write before its first message: banners are common, books are not. */
const MAX_NOISE_BEFORE_FIRST = 100;
/** How much of such a line a message or the log shows, in characters. */
const NOISE_SHOWN = 120;

const SENT = Promise.resolve();

/** One JSON-RPC message a line, to the input and from the output of a process. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #child: ChildProcess;
  readonly #server: string;
  readonly #log: Log;
  readonly #reader = new LineReader(MAX_MESSAGE);
  #drained: Promise<void> | undefined;
  #hasHeard = false;
  #noise = 0;
  #firstNoise = "";
  #fault: string | undefined;

  /** @param server how messages call it */
  constructor(child: ChildProcess, server: string, log: Log) {
    this.#child = child;
    this.#server = server;
    this.#log = log;
  }

  /** What the server did wrong on its output, if anything; for a message. */
  get fault(): string | undefined {
    if (this.#fault !== undefined || this.#hasHeard || this.#noise === 0) return this.#fault;
    return `it writes to its standard output what is no message: ${JSON.stringify(this.#firstNoise)}`;
  }

  async start(): Promise<void> {
    const { stdin, stdout, closed } = this.#child;
    stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    for (const stream of [stdin, stdout]) stream.on("error", (error) => this.onerror?.(error));
    void closed.then(() => this.onclose?.());
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { stdin } = this.#child;
    if (!stdin.writable) return Promise.reject(new Error("The server's standard input is closed."));
    // Mostly the pipe takes it at once: then no promise is made.
    if (stdin.write(`${JSON.stringify(message)}\n`)) return SENT;
    this.#drained ??= new Promise<void>((resolve) => {
      const settle = () => {
        this.#drained = undefined;
        resolve();
      };
      stdin.once("drain", settle).once("close", settle);
    });
    return this.#drained;
  }

  /** Called by the client when the server cannot be spoken with; its owner stops the process. */
  async close(): Promise<void> {
    this.#child.stdin.end();
  }

  #receive(chunk: Buffer): void {
    this.#take(this.#reader.read(chunk));
  }

  /**
   * Delivers lines in their order. The client handles a notification in a microtask but an answer at once: after a
   * notification the rest waits as long, or the last progress of a call would come after its end and be lost.
   */
  #take(lines: Iterator<string>): void {
    try {
      for (let next = lines.next(); next.done !== true; next = lines.next()) {
        if (this.#fault !== undefined) return;
        const message = parseMessage(next.value);
        if (message === undefined) {
          this.#skip(next.value);
          continue;
        }
        this.#hasHeard = true;
        this.onmessage?.(message);
        if ("id" in message) continue;
        queueMicrotask(() => this.#take(lines));
        return;
      }
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  #skip(line: string): void {
    if (line.trim() === "") return;
    this.#noise++;
    if (this.#noise === 1) {
      this.#firstNoise = line.slice(0, NOISE_SHOWN);
      const fields = { server: this.#server, line: this.#firstNoise };
      this.#log.warn("An MCP server writes to its standard output what is no message; such lines are skipped.", fields);
    }
    if (!this.#hasHeard && this.#noise > MAX_NOISE_BEFORE_FIRST) this.#fail(this.fault ?? "");
  }

  /** Ends a server that cannot be understood. */
  #fail(fault: string): void {
    this.#fault = fault;
    this.onerror?.(new Error(fault));
    this.#child.kill().catch((error: unknown) => this.onerror?.(new Error(messageOf(error), { cause: error })));
  }
}

/** Only whether it is JSON-RPC: what kind of message it is, the client decides. */
function parseMessage(line: string): JSONRPCMessage | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is JSONRPCMessage {
  return typeof value === "object" && value !== null && "jsonrpc" in value && value.jsonrpc === "2.0";
}
