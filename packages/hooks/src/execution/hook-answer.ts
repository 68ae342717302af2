import type { Clock, Timer } from "@llmspell/base";
import { hookErrors } from "../errors.ts";
import type { HookOutcome } from "../hook-outcome.ts";
import { isPlainObject } from "../patches/merge-patch.ts";

/** Who is told how a call that was not answered at once went on. */
export interface AnswerReceiver {
  answered(answer: unknown): void;
  failed(error: unknown): void;
  timedOut(): void;
  /** The answer, or the failure, came after `timedOut`. */
  late(): void;
}

/**
 * Awaits an answer for at most `timeout` milliseconds; never rejects.
 *
 * @param timers holds the deadline's timer while it runs, for whoever gives up waiting
 */
export function receiveAnswer(
  answer: PromiseLike<unknown>,
  receiver: AnswerReceiver,
  timeout: number | undefined,
  clock: Clock,
  timers: Set<Timer>,
): Promise<void> {
  const promise = Promise.resolve(answer);
  if (timeout === undefined) {
    return promise.then(
      (value) => receiver.answered(value),
      (error: unknown) => receiver.failed(error),
    );
  }
  return new Promise((resolve) => {
    let isOver = false;
    const timer = clock.setTimeout(() => {
      isOver = true;
      timers.delete(timer);
      receiver.timedOut();
      resolve();
    }, timeout);
    timers.add(timer);
    const deliver = (tell: () => void) => {
      timer.cancel();
      timers.delete(timer);
      if (isOver) receiver.late();
      else tell();
      resolve();
    };
    promise.then(
      (value) => deliver(() => receiver.answered(value)),
      (error: unknown) => deliver(() => receiver.failed(error)),
    );
  });
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/**
 * What a handler returned, as an outcome; handlers may be plain JavaScript, so nothing is taken for granted.
 * LLMSPELL_E_HOOK_OUTCOME is returned, not thrown, because it is the hook's failure and not the caller's.
 */
export function readOutcome(answer: unknown, hook: string, point: string): HookOutcome | Error {
  if (isOutcome(answer)) return answer;
  return hookErrors.LLMSPELL_E_HOOK_OUTCOME({
    hook,
    point,
    expected: "nothing or an outcome",
    found: describe(answer),
  });
}

/**
 * What a condition yielded; conditions may be plain JavaScript, and a promise would count as true, and open what it was to
 * guard.
 *
 * @throws LLMSPELL_E_HOOK_CONDITION
 */
export function readCondition(answer: unknown, hook: string, point: string): boolean {
  if (typeof answer === "boolean") return answer;
  // The error says what is wrong; that the promise may reject too adds nothing to it.
  if (isPromiseLike(answer)) answer.then(undefined, () => undefined);
  throw hookErrors.LLMSPELL_E_HOOK_CONDITION({ hook, point, found: describe(answer) });
}

function isOutcome(answer: unknown): answer is HookOutcome {
  if (typeof answer !== "object" || answer === null || !("kind" in answer)) return false;
  if (answer.kind === "modify") return "patch" in answer && isPlainObject(answer.patch);
  if (answer.kind === "cancel") return "reason" in answer && typeof answer.reason === "string";
  return answer.kind === "replace" && "result" in answer;
}

/** What kind of value it is; never the value itself, which may be what a guard exists to hide. */
export function describe(answer: unknown): string {
  if (answer === undefined) return "nothing";
  if (answer === null) return "null";
  if (isPromiseLike(answer)) return "a promise";
  if (Array.isArray(answer)) return "an array";
  if (typeof answer !== "object") return `a ${typeof answer}`;
  const keys = Object.keys(answer).slice(0, 5).join(", ");
  return keys === "" ? "an empty object" : `an object with the keys ${keys}`;
}
