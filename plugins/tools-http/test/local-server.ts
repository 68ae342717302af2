import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A server on 127.0.0.1, with what a test asks of it. */
export interface LocalServer extends AsyncDisposable {
  readonly origin: string;
  /** Connections that were ever made to it. */
  readonly connections: () => number;
}

/** Starts a server that answers as told, on a free port. */
export async function serve(listener: RequestListener): Promise<LocalServer> {
  const server: Server = createServer(listener);
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A request as a server saw it. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A listener that answers each request with what it saw of it, as JSON. */
export const echo: RequestListener = (request, response) => {
  text(request).then(
    (body) => {
      const { method, url, headers } = request;
      const seen: SeenRequest = { method, url, headers, body };
      response.setHeader("content-type", "application/json").end(JSON.stringify(seen));
    },
    () => response.destroy(),
  );
};
