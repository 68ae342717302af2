import { createHmac } from "node:crypto";

const ENCODED = "whsec_";

/** The headers by which a receiver knows a message, and that it is fresh. */
export interface WebhookHeaders {
  /** The same for every attempt at one message, so that a receiver can leave out what it has handled already. */
  readonly "webhook-id": string;
  /** Seconds since the Unix epoch, of this attempt. */
  readonly "webhook-timestamp": string;
  /** `v1,` and the signature in Base64; only where there is a secret. */
  readonly "webhook-signature"?: string;
}

/** The bytes of a secret: of `whsec_…` what its Base64 says, else its UTF-8. */
export function keyOf(secret: string): Buffer {
  return secret.startsWith(ENCODED) ? Buffer.from(secret.slice(ENCODED.length), "base64") : Buffer.from(secret);
}

/**
 * The headers of a message, as Standard Webhooks 1.0 has them: id and time are signed with the body, so that nobody can
 * send an old message again as a new one.
 *
 * @param time milliseconds since the Unix epoch
 */
export function webhookHeaders(id: string, time: number, body: string, key: Buffer | undefined): WebhookHeaders {
  const timestamp = String(Math.floor(time / 1000));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (key === undefined) return headers;
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}
