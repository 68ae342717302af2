import { readFileSync } from "node:fs";
import { type Log, messageOf } from "@llmspell/base";
import type { ToolContext, ToolInstance } from "@llmspell/tools";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  ListToolsResultSchema,
  ResultSchema,
  type Tool as ServerTool,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { outputOf } from "./call-result.ts";
import { mcpErrors } from "./errors.ts";
import { OwnSignal } from "./own-signal.ts";
import type { ServerLink } from "./server-link.ts";
import type { ServerCall } from "./tool-offer.ts";

/** The longest that a timer can wait: time limits are the pool's, so the SDK's own must never be first. Milliseconds. */
const NO_LIMIT = 2 ** 31 - 1;

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

export interface McpConnectionOptions {
  /** How messages call the server until it has said its name. */
  readonly server: string;
  readonly link: ServerLink;
  /** Which of the server's tools an input calls, and with what. */
  readonly callOf: (input: unknown) => ServerCall;
  /** Told of what is wrong beside the calls: late answers, messages that are none, broken streams. */
  readonly log: Log;
  /** Told when the server says that its tools have changed. */
  readonly onToolsChanged: (connection: McpConnection) => void;
}

/** One initialized connection to a server, which serves many calls at once. */
export class McpConnection implements ToolInstance {
  /** `establish_connections` asks for a sign of life, which also wakes what the server loads with its first request. */
  readonly warmUps = { establish_connections: ({ signal }: ToolContext) => this.check(signal) };
  readonly memory?: NonNullable<ToolInstance["memory"]>;
  readonly #options: McpConnectionOptions;
  readonly #client: Client;
  #server: string;
  #closing: Promise<void> | undefined;

  private constructor(options: McpConnectionOptions) {
    this.#options = options;
    this.#server = options.server;
    if (options.link.memory !== undefined) this.memory = options.link.memory;
    this.#client = new Client({ name: "llmspell", version: manifest.version }, { capabilities: {} });
    this.#client.onerror = ({ message }) => {
      options.log.debug("An MCP connection has met a problem.", { server: this.#server, problem: message });
    };
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, () => options.onToolsChanged(this));
  }

  /**
   * Greets the server; resolves when it can be called.
   *
   * @throws LLMSPELL_E_MCP_CONNECT, or the signal's reason; the link is abandoned then
   */
  static async open(options: McpConnectionOptions, signal: AbortSignal): Promise<McpConnection> {
    const connection = new McpConnection(options);
    const { link, server } = options;
    try {
      await connection.#client.connect(link.transport, { signal, timeout: NO_LIMIT });
      connection.#server = nameOf(server, connection.#client.getServerVersion()?.name);
      return connection;
    } catch (error) {
      await link.abandon();
      signal.throwIfAborted();
      const problem = `${messageOf(error)} (${link.describe()})`;
      throw mcpErrors.LLMSPELL_E_MCP_CONNECT({ server, problem }, { cause: error });
    }
  }

  /** True once the server has ended or forgotten the session. */
  get isBroken(): boolean {
    return this.#options.link.isBroken;
  }

  /** How messages call the server. */
  get server(): string {
    return this.#server;
  }

  /**
   * The server's tools, of all pages.
   *
   * @throws LLMSPELL_E_MCP_CLOSED, LLMSPELL_E_MCP_PROTOCOL, or the signal's reason
   */
  async listTools(signal: AbortSignal): Promise<readonly ServerTool[]> {
    if (this.#client.getServerCapabilities()?.tools === undefined) return [];
    const tools: ServerTool[] = [];
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      if (cursor !== undefined) seen.add(cursor);
      const params = cursor === undefined ? {} : { cursor };
      const page = await this.#request(signal, (options) =>
        this.#client.request({ method: "tools/list", params }, ListToolsResultSchema, options),
      );
      tools.push(...page.tools);
      cursor = page.nextCursor;
      // The same page again would come for ever.
    } while (cursor !== undefined && !seen.has(cursor));
    return tools;
  }

  /**
   * @throws LLMSPELL_E_MCP_TOOL_FAILED, LLMSPELL_E_MCP_PROTOCOL, LLMSPELL_E_MCP_CLOSED, or the signal's reason; an abort is
   * told to the server
   */
  async execute(input: unknown, { signal, onProgress }: ToolContext): Promise<unknown> {
    const params = this.#options.callOf(input);
    const result = await this.#request(signal, (options) => {
      if (onProgress !== undefined) options.onprogress = onProgress;
      // Not `callTool`, which would check the output a second time (the pool does), nor its schema, which fails a call for one
      // content block of a kind that it does not know.
      return this.#client.request({ method: "tools/call", params }, ResultSchema, options);
    });
    return outputOf(result, { server: this.#server, tool: params.name });
  }

  /** Asks for a sign of life. */
  async check(signal: AbortSignal): Promise<void> {
    await this.#request(signal, (options) => this.#client.ping(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#options.link.close();
    await this.#client.close();
  }

  /** Makes a request; says in our words why it failed. */
  async #request<Result>(signal: AbortSignal, request: (options: RequestOptions) => Promise<Result>): Promise<Result> {
    const own = new OwnSignal(signal);
    try {
      return await request({ signal: own.signal, timeout: NO_LIMIT });
    } catch (error) {
      signal.throwIfAborted();
      const { link } = this.#options;
      const server = this.#server;
      if (link.isBroken) throw mcpErrors.LLMSPELL_E_MCP_CLOSED({ server, problem: link.describe() }, { cause: error });
      throw mcpErrors.LLMSPELL_E_MCP_PROTOCOL({ server, problem: messageOf(error) }, { cause: error });
    } finally {
      own.release();
    }
  }
}

function nameOf(server: string, own: string | undefined): string {
  return own === undefined ? server : `${own} (${server})`;
}
