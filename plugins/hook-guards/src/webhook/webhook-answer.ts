import { messageOf, parseDuration } from "@llmspell/base";
import { cancel, type HookData, type HookOutcome, isPlainObject, modify, replace, retry } from "@llmspell/hooks";

/** What an answer means, or why it means nothing. No problem repeats anything of the answer. */
export type WebhookAnswer = { readonly outcome: HookOutcome | undefined } | { readonly problem: string };

/** Reads the body of an answer: `{}` continues, else it is an outcome. */
export function readAnswer(text: string): WebhookAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return { problem: "its answer is no JSON" };
  }
  if (!isPlainObject(answer)) return { problem: "its answer is no JSON object" };
  if (Object.keys(answer).length === 0) return { outcome: undefined };
  const outcome = outcomeOf(answer);
  return outcome === undefined ? { problem: "its answer is no outcome" } : { outcome };
}

function outcomeOf({ kind, patch, reason, delay, ...rest }: HookData): HookOutcome | undefined {
  if (kind === "modify") return isPlainObject(patch) ? modify(patch) : undefined;
  if (kind === "replace") return "result" in rest ? replace(rest["result"]) : undefined;
  if (typeof reason !== "string") return undefined;
  if (kind === "cancel") return cancel(reason);
  if (kind !== "retry") return undefined;
  if (delay === undefined) return retry(reason);
  return isDuration(delay) ? retry(reason, { delay }) : undefined;
}

function isDuration(value: unknown): value is string | number {
  if (typeof value !== "string" && typeof value !== "number") return false;
  try {
    parseDuration(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * The text of a response of at most `limit` bytes; `undefined` when it is longer, and the rest is not read.
 *
 * @throws what reading from the network throws
 */
export async function readText(response: Response, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Why a request failed on the network; `fetch` itself says no more than that it failed. */
export function networkProblem(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause);
}
