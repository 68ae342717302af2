import { messageOf } from "@llmspell/base";

/** A dead letter tells of so many attempts, the last ones. */
export const HISTORY_LENGTH = 10;

/** Longer messages are cut to this in a history, which is stored with its event; characters. */
const MESSAGE_LENGTH = 500;

/** One attempt of a subscriber to handle an event, and why it failed. */
export interface FailedAttempt {
  /** When it began; milliseconds since the Unix epoch. */
  readonly at: number;
  readonly group: string;
  /** The subscriber's id; left out when the balancer failed, so that nobody was asked. */
  readonly member?: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Of the error, where it has one. */
  readonly code?: string;
  /** Of the error, up to 500 characters. */
  readonly message: string;
}

/** Who made an attempt, when, and what came of it. */
export interface AttemptDetails {
  readonly at: number;
  readonly until: number;
  readonly group: string;
  readonly member: string | undefined;
  readonly error: unknown;
}

/** The history with one attempt more: the last `HISTORY_LENGTH` of all. */
export function withAttempt(
  history: readonly FailedAttempt[],
  { at, until, group, member, error }: AttemptDetails,
): readonly FailedAttempt[] {
  const message = messageOf(error);
  const code = codeOf(error);
  const attempt: FailedAttempt = {
    ...{ at, group },
    ...(member === undefined ? {} : { member }),
    duration: until - at,
    ...(code === undefined ? {} : { code }),
    message: message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH - 1)}…` : message,
  };
  return [...history.slice(1 - HISTORY_LENGTH), attempt];
}

/** Errors of Node.js and of many libraries have a `code` as ours do. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
