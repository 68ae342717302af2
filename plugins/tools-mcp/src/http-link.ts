import { type Clock, messageOf, type Timer } from "@llmspell/base";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ErrorCode, type JSONRPCMessage, type RequestId } from "@modelcontextprotocol/sdk/types.js";
import { AnswerStream } from "./answer-stream.ts";
import type { ServerLink } from "./server-link.ts";

/** Answers after which the session is of no use: it is unknown or over (404, from some servers 400), or not ours. */
const SESSION_OVER: ReadonlySet<number> = new Set([400, 401, 403, 404, 410]);
/** How the SDK's transport says that it has given up asking for the rest of a stream. */
const GAVE_UP_RESUMING = "Maximum reconnection attempts";
/** How long messages that have arrived may be on their way through the transport, in milliseconds. */
const ARRIVAL_LIMIT = 100;

/** The status of a response that has nothing to read: accepted. */
const NOTHING_TO_READ = 202;

export interface HttpLinkOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly stopGrace: number;
  readonly clock: Clock;
}

/**
 * A session over streamable HTTP, with Node's `fetch`, which keeps connections alive and opens as many as there are calls.
 *
 * It watches over what the SDK's transport leaves hanging: a response that ends without its answer fails its call, and the
 * response of a call that was given up is closed.
 */
export class HttpLink implements ServerLink {
  readonly transport: StreamableHTTPClientTransport;
  /** A plain field: the pool reads it around every call. */
  isBroken = false;
  readonly #options: HttpLinkOptions;
  /** The requests whose response has not begun. */
  readonly #asked = new Set<RequestId>();
  /** The responses that are being read, by the request that they answer. */
  readonly #answers = new Map<RequestId, AnswerStream>();
  readonly #timers = new Set<Timer>();
  #problem = "it was closed here";

  constructor(options: HttpLinkOptions) {
    const { url, headers } = options;
    this.#options = options;
    this.transport = new StreamableHTTPClientTransport(url, {
      requestInit: { headers },
      fetch: (address, init) => this.#fetch(address, init),
    });
    this.transport.onmessage = (message) => this.#onMessage(message);
    this.transport.onerror = ({ message }) => {
      if (message.startsWith(GAVE_UP_RESUMING)) this.#onUnreachable();
    };
    this.transport.onclose = () => this.#onClose();
  }

  describe(): string {
    return `${this.#problem}.`;
  }

  async close(): Promise<void> {
    if (this.isBroken) return;
    const { clock, stopGrace } = this.#options;
    // A courtesy: a server that does not take it forgets the session by itself.
    const isOver = this.transport.terminateSession().catch(() => undefined);
    const limit = Promise.withResolvers<void>();
    const timer = clock.setTimeout(() => limit.resolve(), stopGrace);
    await Promise.race([isOver, limit.promise]);
    timer.cancel();
  }

  async abandon(): Promise<void> {
    await this.transport.close();
  }

  async #fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    if (init.method !== "POST" || typeof init.body !== "string") return await fetch(url, init);
    const { id, method, params } = JSON.parse(init.body) as Sent;
    if (method === "notifications/cancelled") this.#closeAnswer(params?.requestId);
    if (method === undefined || id === undefined) return await this.#post(url, init);
    this.#asked.add(id);
    try {
      return await this.#watched(await this.#post(url, init), id);
    } finally {
      this.#asked.delete(id);
    }
  }

  async #post(url: string | URL, init: RequestInit): Promise<Response> {
    try {
      const response = await fetch(url, init);
      if (SESSION_OVER.has(response.status)) this.#break(`it answered with HTTP status ${response.status}`);
      return response;
    } catch (error) {
      if (init.signal?.aborted !== true) this.#break(`it cannot be reached: ${rootMessageOf(error)}`);
      throw error;
    }
  }

  async #watched(response: Response, id: RequestId): Promise<Response> {
    const { ok, status, headers, body } = response;
    if (!this.#asked.has(id)) {
      await body?.cancel();
      return new Response(undefined, { status: NOTHING_TO_READ });
    }
    const isStream = headers.get("content-type")?.includes("text/event-stream") === true;
    if (!ok || !isStream || body === null) return response;
    const answer = new AnswerStream(body, () => this.#onEnd(id, answer));
    this.#answers.set(id, answer);
    return new Response(answer.body, { status, headers });
  }

  #onMessage(message: JSONRPCMessage): void {
    if ("method" in message || message.id === undefined) return;
    this.#answers.delete(message.id);
  }

  /** Also where the answer has not begun: then `#watched` finds that nobody waits for it. */
  #closeAnswer(id: RequestId | undefined): void {
    if (id === undefined) return;
    this.#asked.delete(id);
    this.#answers.get(id)?.close(id);
    this.#answers.delete(id);
  }

  /** A response has ended. If its answer is not in it and cannot be asked for again, nobody else would tell the caller. */
  #onEnd(id: RequestId, answer: AnswerStream): void {
    if (answer.isResumable) return;
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#answers.get(id) === answer) this.#failAnswer(id);
    }, ARRIVAL_LIMIT);
    this.#timers.add(timer);
  }

  #onUnreachable(): void {
    this.#break("it ended its responses and cannot be reached again");
    for (const [id, { hasEnded }] of this.#answers) if (hasEnded) this.#failAnswer(id);
  }

  #failAnswer(id: RequestId): void {
    this.#answers.delete(id);
    const error = { code: ErrorCode.ConnectionClosed, message: "The response ended before its answer." };
    this.transport.onmessage?.({ jsonrpc: "2.0", id, error });
  }

  #break(problem: string): void {
    this.#problem = problem;
    this.isBroken = true;
  }

  #onClose(): void {
    this.isBroken = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#answers.clear();
  }
}

/** What is read of a message that is sent. */
interface Sent {
  readonly id?: RequestId;
  readonly method?: string;
  readonly params?: { readonly requestId?: RequestId };
}

/** `fetch` says only that it failed; its cause says why. */
function rootMessageOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}
