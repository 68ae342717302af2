import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

type Id = number | string;
interface Message {
  readonly id?: Id;
  readonly method: string;
  readonly params?: Params;
}
interface Params {
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly _meta?: { readonly progressToken?: Id };
}

/** What the server has seen of one request. */
export interface Seen {
  readonly httpMethod: string;
  readonly method: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

/** An MCP server over HTTP by hand, in this process, that answers a call as its argument `do` says. */
export class ScriptedHttpServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  /** When set, every POST is answered with this status, or not at all. */
  status: number | "none" | undefined;
  /** Resolves when the client has closed the response of a call that is never answered. */
  readonly hungUp = Promise.withResolvers<void>();
  /** Resolves when a request has come that is not answered, or only when it is cancelled. */
  readonly asked = Promise.withResolvers<void>();
  #late: (() => ServerResponse) | undefined;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("A server on TCP has a port.");
    return `http://127.0.0.1:${address.port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const message: Message | undefined = body === "" ? undefined : JSON.parse(body);
    this.seen.push({ httpMethod: request.method ?? "", method: message?.method, headers: request.headers });
    if (request.method !== "POST" || message === undefined) response.writeHead(405).end();
    else if (this.status === "none") {
      response.once("close", () => this.hungUp.resolve());
      this.asked.resolve();
    } else if (this.status !== undefined) response.writeHead(this.status).end("no");
    else this.#answer(message, response);
  }

  #answer({ id, method, params }: Message, response: ServerResponse): void {
    const json = (result: object) => {
      response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "session-1" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    };
    if (id === undefined) {
      if (method === "notifications/cancelled") this.#late?.().write(": too late\n\n");
      response.writeHead(202).end();
      return;
    }
    if (method === "initialize") {
      const serverInfo = { name: "scripted", version: "1" };
      json({ protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo });
    } else if (method === "tools/list") json({ tools: [{ name: "obey", inputSchema: { type: "object" } }] });
    else if (method === "tools/call") this.#call(params ?? {}, response, json);
    else json({});
  }

  #call({ arguments: given, _meta }: Params, response: ServerResponse, json: (result: object) => void): void {
    const order = given?.["do"];
    if (order === "echo") {
      json({ content: [], structuredContent: { done: true } });
      return;
    }
    response.once("close", () => this.hungUp.resolve());
    const begin = () => response.writeHead(200, { "content-type": "text/event-stream" });
    if (order === "late") {
      this.#late = begin;
      this.asked.resolve();
      return;
    }
    begin().write(order === "resumable" ? "id: 1\ndata:\n\n" : ": here it comes\n\n");
    if (order === "end") response.end();
    else response.write(eventOf({ method: "notifications/progress", params: { ..._meta, progress: 1 } }));
  }
}

function eventOf(message: object): string {
  return `data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`;
}
