/** One request, ready to be sent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Texts that no error may repeat. */
  readonly secrets: readonly string[];
}

/** What a request is answered with. */
export interface HttpAnswer {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Headers that tell nothing about who asks; they alone go along with a redirect to another origin. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set(["accept", "accept-encoding", "content-type", "user-agent"]);

/** What is sent unless the tool's own headers say otherwise. */
export const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  accept: "application/json, text/*;q=0.9, */*;q=0.5",
  "accept-encoding": "identity",
  "user-agent": "llmspell",
};

/** The headers that may go to any server. */
export function plainHeaders(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PLAIN_HEADERS.has(name)));
}

/** Shorter texts are no secrets, and would tear holes into every message. */
const MIN_SECRET = 6;

/** The texts in headers that no error may repeat: each value, and what stands behind its scheme (`Bearer …`). */
export function secretsIn(headers: HttpRequest["headers"]): string[] {
  const own = Object.entries(headers).filter(([name]) => !PLAIN_HEADERS.has(name));
  return own.flatMap(([, value]) => [value, value.slice(value.indexOf(" ") + 1)]);
}

/** A text without the secrets in it. */
export function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, "[hidden]"), text);
}

/** Those long enough to be secrets; a secret that contains another one is hidden first. */
export function longestFirst(texts: readonly string[]): string[] {
  return texts.filter((text) => text.length >= MIN_SECRET).sort((a, b) => b.length - a.length);
}
