import { once } from "node:events";
import { createServer, type Server } from "node:http";

/** A server on this machine that answers as SearXNG does: one result a question, made of it. */
export class SearchServer implements AsyncDisposable {
  /** The questions, as they came. */
  readonly asked: string[] = [];
  /** Connections that were made to it. */
  connections = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(({ url }, response) => {
      const { pathname, searchParams } = new URL(url ?? "", "http://127.0.0.1");
      const question = searchParams.get("q");
      response.setHeader("content-type", "application/json");
      if (pathname !== "/search" || question === null) return void response.end("{}");
      this.asked.push(question);
      const result = {
        title: question,
        url: "https://example.com/",
        content: `All about ${question}.`,
        engine: "test",
      };
      response.end(JSON.stringify({ query: question, results: [result] }));
    });
    this.#server.on("connection", () => void this.connections++);
  }

  static async start(): Promise<SearchServer> {
    const server = new SearchServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("The server does not listen.");
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
