/** What a server said instead of doing what it was asked: the `cause` of the tool's error, for programs. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: number;
  /** The beginning of the answer's body, without what the request's headers say. */
  readonly body: string;
  /** How long the server asks to wait, by `Retry-After`; milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: string, retryAfter: number | undefined) {
    super(`status ${status}`);
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
  }
}

const SECONDS = /^\d{1,9}$/;

/**
 * The milliseconds that `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3); `undefined` when it
 * says neither.
 *
 * @param now milliseconds since the Unix epoch
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (SECONDS.test(value.trim())) return Number(value) * 1000;
  // Dates of HTTP end so; others would be read, by guessing.
  const date = value.endsWith(" GMT") ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
