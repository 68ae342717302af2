import {
  type Bytes,
  type Clock,
  type Duration,
  isLlmspellError,
  messageOf,
  parseBytes,
  parseDuration,
} from "@llmspell/base";
import { Agent, type Dispatcher } from "undici";
import { readBody } from "./answer-body.ts";
import { httpToolErrors, type NamedRequest } from "./errors.ts";
import { guardedLookup } from "./guarded-lookup.ts";
import type { HostRules } from "./host-rules.ts";
import { type HttpAnswer, type HttpRequest, masked } from "./http-request.ts";
import { isRedirect, redirected } from "./redirect.ts";
import { parseRetryAfter, StatusError } from "./status-error.ts";

/** How an instance's connections are kept; each key is an option of the tools. */
export interface ConnectionOptions {
  readonly connections: number;
  readonly keepAlive: Duration;
  readonly connectTimeout: Duration;
  readonly maxResponseBytes: Bytes;
  readonly maxRedirects: number;
}

/** How much of the body of a failure is read, and how much of it an error says. */
const MAX_EXCERPT_BYTES = 2048;
const MAX_EXCERPT = 300;
/** Of the statuses from 400 to 499 those that a later attempt may not get. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429]);

type Response = Dispatcher.ResponseData;

/** The connections of one instance: sends requests over them, bounded in number, size, time and place. */
export class HttpConnections implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #hosts: HostRules;
  readonly #clock: Clock;
  readonly #connections: number;
  readonly #maxBytes: number;
  readonly #maxRedirects: number;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_BYTES */
  constructor(options: ConnectionOptions, hosts: HostRules, clock: Clock) {
    // The client knows no connection that is not kept at all.
    const keepAliveTimeout = Math.max(1, parseDuration(options.keepAlive));
    this.#hosts = hosts;
    this.#clock = clock;
    this.#connections = options.connections;
    this.#maxBytes = parseBytes(options.maxResponseBytes);
    this.#maxRedirects = options.maxRedirects;
    this.#agent = new Agent({
      connections: options.connections,
      keepAliveTimeout,
      // Also where the server would keep it longer: something between may not.
      keepAliveMaxTimeout: keepAliveTimeout,
      connect: { timeout: parseDuration(options.connectTimeout), lookup: guardedLookup(hosts) },
      // How long a call may take is decided by its signal alone.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends a request and reads its answer.
   *
   * @throws LLMSPELL_E_TOOL_HTTP_HOST, LLMSPELL_E_TOOL_HTTP_NETWORK, LLMSPELL_E_TOOL_HTTP_REDIRECT, and by the answer
   * LLMSPELL_E_TOOL_HTTP_STATUS, LLMSPELL_E_TOOL_HTTP_REFUSED, LLMSPELL_E_TOOL_HTTP_RESPONSE; the signal's reason
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    this.#hosts.check(request.url);
    let current = request;
    for (let redirects = 0; ; redirects++) {
      const next = await this.#exchange(current, redirects, signal);
      if ("bytes" in next) return next;
      current = next;
    }
  }

  /**
   * Opens all connections to a URL's origin that this may have, by as many OPTIONS requests at once; what they
   * are answered does not matter.
   *
   * @throws LLMSPELL_E_TOOL_HTTP_NETWORK; the signal's reason
   */
  async open(request: HttpRequest, signal: AbortSignal): Promise<void> {
    const opened = Array.from({ length: this.#connections }, async () => {
      // A signal of its own for each: many listeners on one would be reported as a leak.
      const own = AbortSignal.any([signal]);
      await this.#guard(request, signal, async () => {
        // undici closes a connection after HEAD, in fear of servers that send a body all the same.
        const { body } = await this.#request({ ...request, method: "OPTIONS", body: undefined }, own);
        await readBody(body, this.#maxBytes);
      });
    });
    await Promise.all(opened);
  }

  /** Closes every connection, also those in use. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  /** One request: its answer, or the request that it redirects to. */
  async #exchange(request: HttpRequest, redirects: number, signal: AbortSignal): Promise<HttpAnswer | HttpRequest> {
    return await this.#guard(request, signal, async () => {
      const response = await this.#request(request, signal);
      if (response.statusCode >= 200 && response.statusCode < 300) return await this.#read(request, response);
      if (isRedirect(response.statusCode)) return await this.#redirect(request, response, redirects);
      throw await this.#failure(request, response);
    });
  }

  #request({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<Response> {
    const path = `${url.pathname}${url.search}`;
    return this.#agent.request({ origin: url.origin, path, method, headers, body: body ?? null, signal });
  }

  async #read(request: HttpRequest, { headers, body }: Response): Promise<HttpAnswer> {
    const encoding = headerOf(headers, "content-encoding") ?? "identity";
    const { bytes, isWhole } = await readBody(body, encoding === "identity" ? this.#maxBytes : 0);
    if (encoding !== "identity") throw unusable(request, `it is encoded as ${encoding}, which was not asked for`);
    if (!isWhole) throw unusable(request, `it is longer than ${this.#maxBytes} bytes`);
    return { contentType: headerOf(headers, "content-type") ?? "", bytes };
  }

  async #redirect(request: HttpRequest, { statusCode, headers, body }: Response, before: number): Promise<HttpRequest> {
    await readStart(body);
    const next =
      before < this.#maxRedirects
        ? redirected(request, statusCode, headerOf(headers, "location"), this.#hosts)
        : { problem: `it would be one more than ${this.#maxRedirects}` };
    if (!("problem" in next)) return next;
    throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_REDIRECT({ ...nameOf(request), problem: next.problem });
  }

  async #failure(request: HttpRequest, { statusCode: status, headers, body }: Response): Promise<Error> {
    const excerpt = excerptOf(await readStart(body), request.secrets);
    const retryAfter = parseRetryAfter(headerOf(headers, "retry-after"), this.#clock.now());
    const details = { ...nameOf(request), status, body: excerpt, retryAfter };
    const cause = new StatusError(status, excerpt, retryAfter);
    const isRefused = status < 500 && !TRANSIENT.has(status);
    return isRefused
      ? httpToolErrors.LLMSPELL_E_TOOL_HTTP_REFUSED(details, { cause })
      : httpToolErrors.LLMSPELL_E_TOOL_HTTP_STATUS(details, { cause });
  }

  /** Turns what the network throws into an error that names the request. */
  async #guard<Result>(request: HttpRequest, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (isLlmspellError(error)) throw error;
      const details = { ...nameOf(request), problem: masked(messageOf(error), request.secrets) };
      throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_NETWORK(details, { cause: error });
    }
  }
}

/** The error of an answer that was read, and does not say what it should. */
export function unusable(request: HttpRequest, problem: string): Error {
  return httpToolErrors.LLMSPELL_E_TOOL_HTTP_RESPONSE({ ...nameOf(request), problem });
}

function nameOf({ method, url }: HttpRequest): NamedRequest {
  return { method, origin: url.origin };
}

function headerOf(headers: Response["headers"], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The beginning of a body that is not what was asked for: the status counts, also where the body breaks off. */
async function readStart(body: Response["body"]): Promise<Buffer> {
  try {
    return (await readBody(body, MAX_EXCERPT_BYTES)).bytes;
  } catch {
    return Buffer.alloc(0);
  }
}

/** The beginning of a text on one line, without secrets and control characters. */
function excerptOf(bytes: Buffer, secrets: readonly string[]): string {
  const text = masked(bytes.toString("utf8"), secrets)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text;
}
