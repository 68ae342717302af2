import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** What the server answers to one request: a message of the assistant, a failure, or nothing ever. */
export type Answer =
  | { readonly message: Readonly<Record<string, unknown>>; readonly finish?: string }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly error: string }
  | "hang";

const USAGE = { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 };

/** A server on this machine that speaks OpenAI's chat completions: one answer a request, the last one again and again. */
export class ChatServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** Settles when the first request has come. */
  readonly asked = Promise.withResolvers<void>();
  /** Settles when the client first breaks a request off. */
  readonly brokenOff = Promise.withResolvers<void>();
  readonly #server: Server;
  readonly #answers: readonly Answer[];

  private constructor(answers: readonly Answer[]) {
    this.#answers = answers;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(new Error(String(error))));
    });
  }

  static async start(...answers: readonly Answer[]): Promise<ChatServer> {
    const server = new ChatServer(answers);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get baseUrl(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("The server does not listen.");
    return `http://127.0.0.1:${address.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await json(request);
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length - 1)];
    this.requests.push({ path: request.url ?? "", headers: request.headers, body });
    this.asked.resolve();
    response.on("close", () => {
      if (!response.writableEnded) this.brokenOff.resolve();
    });
    if (answer === undefined || answer === "hang") return;
    if ("status" in answer) {
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(JSON.stringify({ error: { message: answer.error, type: "test", code: null } }));
      return;
    }
    const isStream = typeof body === "object" && body !== null && "stream" in body && body.stream === true;
    const { message, finish = "stop" } = answer;
    const head = { id: "1", created: 0, model: "test-model" };
    if (!isStream) {
      response.writeHead(200, { "content-type": "application/json" });
      const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }];
      response.end(JSON.stringify({ ...head, object: "chat.completion", choices, usage: USAGE }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const choices = [{ index: 0, delta: { role: "assistant", ...message }, finish_reason: finish }];
    response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices, usage: USAGE })}\n\n`);
    response.end("data: [DONE]\n\n");
  }
}
