import { isLlmspellError } from "@llmspell/base";
import type { HostRules } from "./host-rules.ts";
import { type HttpRequest, plainHeaders } from "./http-request.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether a status asks to look elsewhere. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status);
}

/**
 * The request that a redirect asks for, or why it is not made. Within an origin it is made as browsers do (RFC 9110,
 * section 15.4): 303 turns every method but HEAD into GET, 301 and 302 only POST. To another origin it is made only where
 * the rules allow that host, without headers that tell who asks, never with a body, and never from https to http.
 */
export function redirected(
  request: HttpRequest,
  status: number,
  location: string | undefined,
  hosts: HostRules,
): HttpRequest | { readonly problem: string } {
  const url = location === undefined ? null : URL.parse(location, request.url.href);
  if (url === null || !/^https?:$/.test(url.protocol)) return { problem: "it names no address over HTTP" };
  const becomesGet = status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  const next = becomesGet ? withoutBody(request) : request;
  if (url.origin === request.url.origin) return { ...next, url };
  if (request.url.protocol === "https:" && url.protocol === "http:") return { problem: "it leads from https to http" };
  const problem = problemOf(url, hosts);
  if (problem !== undefined) return { problem };
  if (next.body !== undefined) return { problem: `it would send the body on to ${url.origin}` };
  return { ...next, url, headers: plainHeaders(next.headers) };
}

function withoutBody({ headers, ...request }: HttpRequest): HttpRequest {
  const { "content-type": _, ...rest } = headers;
  return { ...request, method: "GET", headers: rest, body: undefined };
}

function problemOf(url: URL, hosts: HostRules): string | undefined {
  try {
    hosts.check(url);
  } catch (error) {
    if (isLlmspellError(error)) return `it leads to ${url.origin}, which is not allowed`;
    throw error;
  }
  return undefined;
}
