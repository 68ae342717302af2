import { isDeepStrictEqual } from "node:util";
import { type Clock, type Log, messageOf, parseDuration, silentLog, systemClock } from "@llmspell/base";
import type { JsonSchema, Tool, ToolContext, ToolDescription, ToolInstance } from "@llmspell/tools";
import { mcpErrors } from "./errors.ts";
import { type McpToolOptions, mcpToolOptionsDefaults } from "./generated/options.ts";
import { HttpLink } from "./http-link.ts";
import { McpConnection } from "./mcp-connection.ts";
import { OwnSignal } from "./own-signal.ts";
import type { ServerLink } from "./server-link.ts";
import { StdioLink } from "./stdio-link.ts";
import { offerAll, offerOne, type ToolOffer } from "./tool-offer.ts";

/** What an MCP tool takes from outside. */
export interface McpToolDependencies {
  /** Times the end of servers; default the system's. */
  readonly clock?: Clock;
  /** Told of what a server does that it should not; default silent. */
  readonly log?: Log;
}

/**
 * Calls a tool of an MCP server, or any of its tools. Each instance is a connection: a process of its own that speaks over
 * its standard input and output, or a session over streamable HTTP.
 *
 * What the pool describes is what the server said first. When a server says later that its tools have changed, the log
 * warns of a difference; it is taken up when the pool is started anew.
 *
 * @see https://modelcontextprotocol.io/specification
 */
export class McpTool implements Tool, AsyncDisposable {
  readonly #server: string;
  readonly #offer: ToolOffer;
  readonly #openLink: () => Promise<ServerLink>;
  readonly #log: Log;
  readonly #disposing = new AbortController();
  /** What is being opened or looked up; the tool is not gone before it is. */
  readonly #work = new Set<Promise<unknown>>();
  #told: ToolDescription | undefined;
  /** What the server said last, so that a change is warned of once, whatever the number of connections. */
  #latest: unknown;
  #hasChanged = false;
  #isComparing = false;
  /** The connection over which the server was asked: the first instance. */
  #first: McpConnection | undefined;

  /** @throws LLMSPELL_E_MCP_OPTIONS unless there is either `command` or `url`, LLMSPELL_E_DURATION */
  constructor(options: McpToolOptions, { clock = systemClock, log = silentLog }: McpToolDependencies = {}) {
    const { command, url, tool } = options;
    const stopGrace = parseDuration(options.stopGrace ?? mcpToolOptionsDefaults.stopGrace);
    this.#log = log;
    this.#offer = tool === undefined ? offerAll() : offerOne(tool, options.arguments ?? {});
    if (command !== undefined && url === undefined) {
      const { args, env, cwd } = options;
      this.#server = command;
      this.#openLink = () => StdioLink.open({ command, args, env, cwd, stopGrace, clock, log });
    } else if (url !== undefined && command === undefined) {
      const address = parseUrl(url);
      const { headers = {} } = options;
      // Without its query, which may hold what is secret.
      this.#server = `${address.origin}${address.pathname}`;
      this.#openLink = async () => new HttpLink({ url: address, headers, stopGrace, clock });
    } else {
      throw mcpErrors.LLMSPELL_E_MCP_OPTIONS({ problem: "they must have either `command` or `url`." });
    }
  }

  get description(): string {
    return this.#told?.description ?? "";
  }

  get inputSchema(): JsonSchema {
    return this.#told?.inputSchema ?? {};
  }

  get outputSchema(): JsonSchema | undefined {
    return this.#told?.outputSchema;
  }

  /** @throws LLMSPELL_E_MCP_CONNECT, LLMSPELL_E_MCP_TOOL_UNKNOWN, LLMSPELL_E_MCP_CLOSED, LLMSPELL_E_MCP_PROTOCOL */
  prepare({ signal }: ToolContext): Promise<void> {
    return this.#own(signal, (own) => this.#prepare(own));
  }

  /** @throws LLMSPELL_E_MCP_CONNECT, or the signal's reason */
  async createInstance({ signal }: ToolContext): Promise<ToolInstance> {
    signal.throwIfAborted();
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && !first.isBroken) return first;
    await first?.[Symbol.asyncDispose]();
    return await this.#own(signal, (own) => this.#connect(own));
  }

  /** Ends what is being opened, too, and resolves when nothing of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing.abort(new Error("The tool is disposed."));
    await Promise.allSettled(this.#work);
    await this.#first?.[Symbol.asyncDispose]();
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    const connection = await this.#connect(signal);
    try {
      this.#told = this.#offer.describe(connection.server, await connection.listTools(signal));
      this.#latest = this.#told;
      this.#first = connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #connect(signal: AbortSignal): Promise<McpConnection> {
    const link = await this.#link();
    const options = {
      server: this.#server,
      link,
      callOf: this.#offer.callOf,
      log: this.#log,
      onToolsChanged: (connection: McpConnection) => this.#onToolsChanged(connection),
    };
    try {
      return await McpConnection.open(options, signal);
    } catch (error) {
      // Who waits learns only that the time was over.
      const state = { server: this.#server, state: link.describe() };
      if (signal.aborted) this.#log.warn("An MCP server had not answered when it was given up.", state);
      throw error;
    }
  }

  async #link(): Promise<ServerLink> {
    try {
      return await this.#openLink();
    } catch (error) {
      const details = { server: this.#server, problem: messageOf(error) };
      throw mcpErrors.LLMSPELL_E_MCP_CONNECT(details, { cause: error });
    }
  }

  /** Looks at one change after the other: a server may announce many, over every connection. */
  #onToolsChanged(connection: McpConnection): void {
    this.#hasChanged = true;
    if (this.#isComparing) return;
    this.#isComparing = true;
    const compared = this.#compareWhileChanging(connection).finally(() => {
      this.#isComparing = false;
    });
    void this.#tracked(compared);
  }

  async #compareWhileChanging(connection: McpConnection): Promise<void> {
    while (this.#hasChanged) {
      this.#hasChanged = false;
      await this.#compare(connection);
    }
  }

  /** Asks what has changed, and warns of it when that concerns this tool. */
  async #compare(connection: McpConnection): Promise<void> {
    // What comes before the first list is in it.
    if (this.#told === undefined) return;
    const latest = await this.#whatIsOffered(connection);
    if (latest === undefined || isDeepStrictEqual(latest, this.#latest)) return;
    this.#latest = latest;
    const problem = typeof latest === "string" ? { problem: latest } : {};
    this.#log.warn(
      "An MCP server has changed what its tools take or give; the pool goes on with what it was told first.",
      {
        server: connection.server,
        ...problem,
      },
    );
  }

  /** What the server offers now, or why it does not; `undefined` when it cannot be asked. */
  async #whatIsOffered(connection: McpConnection): Promise<ToolDescription | string | undefined> {
    try {
      const tools = await connection.listTools(this.#disposing.signal);
      return this.#offer.describe(connection.server, tools);
    } catch (error) {
      if (this.#disposing.signal.aborted || connection.isBroken) return undefined;
      return messageOf(error);
    }
  }

  /** Does work that ends when the tool is disposed. */
  async #own<Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const own = new OwnSignal(signal, this.#disposing.signal);
    return await this.#tracked(work(own.signal).finally(() => own.release()));
  }

  #tracked<Result>(work: Promise<Result>): Promise<Result> {
    this.#work.add(work);
    const forget = () => void this.#work.delete(work);
    work.then(forget, forget);
    return work;
  }
}

function parseUrl(url: string): URL {
  const address = URL.parse(url);
  if (address?.protocol !== "http:" && address?.protocol !== "https:") {
    throw mcpErrors.LLMSPELL_E_MCP_OPTIONS({ problem: "`url` must begin with http:// or https://." });
  }
  if (address.username !== "" || address.password !== "") {
    throw mcpErrors.LLMSPELL_E_MCP_OPTIONS({
      problem: "`url` must not hold a user or password; send them in `headers`.",
    });
  }
  return address;
}
