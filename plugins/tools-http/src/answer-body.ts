import type { Readable } from "node:stream";
import type { HttpAnswer } from "./http-request.ts";

/** The first bytes of a body, and whether there are more. */
interface BodyStart {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/**
 * Reads at most `limit` bytes. Of a longer body the rest is not read and its connection is closed.
 *
 * @throws what reading from the network throws
 */
export async function readBody(body: Readable, limit: number): Promise<BodyStart> {
  // To leave the loop destroys the stream, which then reports that it was not read to its end.
  body.on("error", () => undefined);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, limit), isWhole: size <= limit };
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;
const TEXT_TYPE =
  /^(?:text\/[\w.+-]+|application\/(?:[\w.+-]+\+)?(?:xml|yaml|x-yaml|ndjson|x-ndjson|jsonl|javascript|graphql|sql|toml|x-www-form-urlencoded))$/;

/** What a body says, or why it cannot be told. */
export type BodyValue = { readonly value: unknown } | { readonly problem: string };

/** The value of a body: JSON parsed, other text as it is, `null` where there is none. */
export function bodyValue({ contentType, bytes }: HttpAnswer): BodyValue {
  if (bytes.length === 0) return { value: null };
  const [type = "", ...parameters] = contentType
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const isJson = JSON_TYPE.test(type);
  if (!isJson && type !== "" && !TEXT_TYPE.test(type)) return { problem: `it is of type ${type}, which is no text` };
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  const text = decode(bytes, isJson ? undefined : charset?.replaceAll('"', ""));
  if (text === undefined) return { problem: `its charset ${charset} is not known` };
  return isJson ? parsed(text) : { value: text };
}

function parsed(text: string): BodyValue {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: "it says that it is JSON, and is not" };
  }
}

function decode(bytes: Buffer, charset = "utf-8"): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}
