import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { HttpTool } from "@llmspell/plugin-tools-http";
import { ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it } from "vitest";

const never = new AbortController().signal;

/** A server of the test, with the connections that it has now. */
class FaultyServer implements AsyncDisposable {
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  static async http(listener: RequestListener): Promise<FaultyServer> {
    return await new FaultyServer(createHttpServer(listener)).listen();
  }

  /** Hands each connection over once the head of a request has come in. */
  static async raw(answer: (socket: Socket) => void): Promise<FaultyServer> {
    return await new FaultyServer(createServer((socket) => void socket.once("data", () => answer(socket)))).listen();
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when every connection that there is has ended. */
  async closed(): Promise<void> {
    await Promise.all([...this.sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function toolAt(origin: string, options: { readonly maxResponseBytes?: number } = {}): HttpTool {
  const request = { url: `${origin}/{{ input.path }}?key=s3cret-key` };
  return new HttpTool({ description: "Asks.", inputSchema: { type: "object" }, request, ...options });
}

/** What one call at a server ends with, and that it leaves no connection open there once its instance is gone. */
async function failureAt(server: FaultyServer, options: { readonly maxResponseBytes?: number } = {}): Promise<unknown> {
  const instance = await toolAt(server.origin, options).createInstance({ signal: never });
  const failure: unknown = await instance.execute({ path: "x" }, { signal: never }).then(
    (output) => ({ output }),
    (error: unknown) => error,
  );
  await Promise.all([server.closed(), instance[Symbol.asyncDispose]()]);
  expect(server.sockets.size).toBe(0);
  return failure;
}

/** Writes for as long as the other side reads. */
function pour(response: ServerResponse): void {
  const chunk = "x".repeat(64 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", more);
  more();
}

describe("a server that breaks", () => {
  const network = (problem: RegExp) => ({
    code: "LLMSPELL_E_TOOL_HTTP_NETWORK",
    isFinal: false,
    message: expect.stringMatching(problem),
  });

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ["resets the connection", (socket) => socket.resetAndDestroy(), /ECONNRESET|other side closed/],
    ["closes it without a word", (socket) => socket.end(), /other side closed/],
    ["closes it in the headers", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le"), /./],
    ["ends before its body does", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), /./],
    [
      "resets in the body",
      (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", () => socket.resetAndDestroy()),
      /./,
    ],
    ["speaks no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"), /./],
    [
      "has endless headers",
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(10_000)}`),
      /Headers Overflow/,
    ],
    [
      "sends chunks that are none",
      (socket) => void socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
      /./,
    ],
  ])("%s: an error that can be tried again, and no secret in it", async (_, answer, problem) => {
    await using server = await FaultyServer.raw(answer);
    const failure = await failureAt(server);
    expect(failure).toMatchObject(network(problem));
    expect(String(failure)).toContain(`GET ${server.origin} got no answer`);
    expect(String(failure)).not.toContain("s3cret");
  });

  it("is not there", async () => {
    const server = await FaultyServer.http(() => undefined);
    const { origin } = server;
    await server[Symbol.asyncDispose]();
    await using instance = await toolAt(origin).createInstance({ signal: never });
    await expect(instance.execute({ path: "x" }, { signal: never })).rejects.toMatchObject(network(/ECONNREFUSED/));
    await expect(instance.warmUps?.["establish_connections"]?.({ signal: never })).rejects.toMatchObject(
      network(/ECONNREFUSED/),
    );
  });

  it("sends an endless body: it is read up to its bound, and the connection closed", async () => {
    await using server = await FaultyServer.http((_, response) => pour(response));
    const error = {
      code: "LLMSPELL_E_TOOL_HTTP_RESPONSE",
      message: expect.stringContaining("longer than 100000 bytes"),
    };
    expect(await failureAt(server, { maxResponseBytes: 100_000 })).toMatchObject(error);
  });

  it.each([500, 404, 302])("sends an endless body with status %i", async (status) => {
    await using server = await FaultyServer.http((_, response) =>
      pour(response.writeHead(status, { location: "ftp://x" })),
    );
    expect(String(await failureAt(server)).length).toBeLessThan(600);
  });

  it("breaks off in the body of a failure: its status counts", async () => {
    const head = "HTTP/1.1 500 No\r\nContent-Length: 10\r\nRetry-After: 3\r\n\r\nabc";
    await using server = await FaultyServer.raw((socket) => void socket.write(head, () => socket.resetAndDestroy()));
    const error = { code: "LLMSPELL_E_TOOL_HTTP_STATUS", cause: { status: 500, retryAfter: 3000 } };
    expect(await failureAt(server)).toMatchObject(error);
  });

  it("closes kept connections between calls: the next call makes a new one", async () => {
    await using server = await FaultyServer.http(
      (_, response) => void response.setHeader("keep-alive", "timeout=60").end("fine"),
    );
    await using instance = await toolAt(server.origin).createInstance({ signal: never });
    for (let call = 0; call < 3; call++) {
      expect(await instance.execute({ path: "x" }, { signal: never })).toBe("fine");
      const closed = server.closed();
      for (const socket of server.sockets) socket.end();
      await closed;
    }
  });
});

describe("a server that does not go on", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["says nothing", () => undefined],
    ["stops in its headers", (socket) => void socket.write("HTTP/1.1 200 OK\r\nX-Slow: a")],
    ["stops in its body", (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")],
    [
      "stops in the body of a failure",
      (socket) => void socket.write("HTTP/1.1 500 No\r\nContent-Length: 10\r\n\r\nabc"),
    ],
  ])("%s: the call ends when its signal aborts, with the connection", async (_, answer) => {
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    await using server = await FaultyServer.raw((socket) => {
      answer(socket);
      resolve();
    });
    await using instance = await toolAt(server.origin).createInstance({ signal: never });
    const controller = new AbortController();
    const call = instance.execute({ path: "x" }, { signal: controller.signal });
    await answered;
    const closed = server.closed();
    const reason = new Error("given up");
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await closed;
  });

  it("gives up before anything is sent for a caller who has", async () => {
    await using server = await FaultyServer.raw(() => undefined);
    await using instance = await toolAt(server.origin).createInstance({ signal: never });
    const reason = new Error("given up");
    await expect(instance.execute({ path: "x" }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(instance.warmUps?.["establish_connections"]?.({ signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(server.sockets.size).toBe(0);
  });

  it("ends its calls when the instance is disposed", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using server = await FaultyServer.raw(() => resolve());
    const instance = await toolAt(server.origin).createInstance({ signal: never });
    const call = instance.execute({ path: "x" }, { signal: never });
    await asked;
    const closed = server.closed();
    await Promise.all([
      expect(call).rejects.toMatchObject({ code: "LLMSPELL_E_TOOL_HTTP_NETWORK" }),
      instance[Symbol.asyncDispose](),
    ]);
    await closed;
  });

  it("costs a pool the calls it hangs in, and nothing else", async () => {
    await using server = await FaultyServer.http(({ url }, response) => {
      if (!url?.startsWith("/hang")) response.end("fine");
    });
    const pool = { tool: toolAt(server.origin), size: { min: 1, max: 1 }, concurrency: 4, executionTimeout: "100ms" };
    const tools = new ToolExecutionPool({ pools: { http: pool } });
    await tools.start();
    const ask = (path: string) =>
      tools.execute({ pool: "http", input: { path } }).catch((error: { code: unknown }) => error.code);
    const hanging = Array.from({ length: 3 }, () => ask("hang"));
    expect(await ask("fine")).toBe("fine");
    expect(await Promise.all(hanging)).toEqual(Array(3).fill("LLMSPELL_E_TOOL_TIMEOUT"));
    expect(await Promise.all([1, 2, 3, 4, 5].map(() => ask("fine")))).toEqual(Array(5).fill("fine"));
    expect(tools.stats()["http"]).toMatchObject({ in: 9, out: 6, failed: 3, pending: 0 });
    const closed = server.closed();
    await tools.stop();
    await closed;
  });
});
