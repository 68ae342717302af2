import { isLlmspellError, messageOf, parseDuration } from "@llmspell/base";
import { hookErrors } from "../errors.ts";
import type { HookOutcome, RetryOutcome } from "../hook-outcome.ts";
import { assertMergeable } from "../patches/mergeable.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { AnswerEntries, RegisteredHook } from "../registered-hook.ts";
import { readOutcome } from "./hook-answer.ts";
import type { LiveRun } from "./live-run.ts";

/**
 * Takes what a hook answered; returns whether it was what a hook may answer.
 *
 * @param mergesAtOnce whether the hooks that follow see a change, and not only those that are merged with it
 * @param isCached whether it is an earlier answer, or that of an equal call
 */
export function settleAnswer(
  run: LiveRun,
  hook: PlannedHook,
  registered: RegisteredHook,
  answer: unknown,
  mergesAtOnce: boolean,
  isCached = false,
): boolean {
  const entries = isCached ? registered.cachedEntries : registered.entries;
  if (answer === undefined) {
    run.ledger.continued(hook.index, registered, entries.continued);
    return true;
  }
  try {
    takeOutcome(run, hook, registered, readOutcome(answer, hook.id, run.pointName), mergesAtOnce, entries);
    return true;
  } catch (error) {
    settleFailure(run, hook, registered, error);
    return false;
  }
}

/** Accounts for a hook that has failed, and ends the run where that is what it means. */
export function settleFailure(run: LiveRun, hook: PlannedHook, registered: RegisteredHook, cause: unknown): void {
  registered.counters.failed++;
  run.ledger.account(hook.index, { hook: hook.id, outcome: "failed", error: cause });
  const details = { hook: hook.id, point: run.pointName, problem: messageOf(cause) };
  const error = hookErrors.LLMSPELL_E_HOOK_FAILED(details, { cause });
  // A hook that may ask for no further retry has refused what it saw: to go on with that would be to ignore it.
  const isRefusal = isLlmspellError(cause, "LLMSPELL_E_HOOK_RETRIES");
  if (hook.onError === "fail" || isRefusal) run.end({ status: "failed", error });
  else run.background.log?.warn(`${error.message.replace(/\.$/, "")}. The run goes on without it.`);
}

function takeOutcome(
  run: LiveRun,
  hook: PlannedHook,
  registered: RegisteredHook,
  outcome: HookOutcome,
  mergesAtOnce: boolean,
  entries: AnswerEntries,
): void {
  const { counters } = registered;
  const { index, id } = hook;
  switch (outcome.kind) {
    case "modify":
      if (mergesAtOnce) run.data.change(outcome.patch);
      else {
        assertMergeable(outcome.patch, id, run.pointName);
        run.data.keep(hook, outcome.patch);
      }
      counters.modified++;
      run.ledger.account(index, entries.modified);
      return;
    case "replace":
      counters.replaced++;
      run.ledger.account(index, entries.replaced);
      run.end({ status: "replaced", result: outcome.result, hook: id });
      return;
    case "cancel":
      counters.cancelled++;
      run.ledger.account(index, registered.entries.cancelled);
      run.end({ status: "cancelled", reason: outcome.reason, hook: id });
      return;
    case "retry": {
      const delay = delayOf(run, hook, registered, outcome);
      counters.retried++;
      run.ledger.account(index, registered.entries.retried);
      run.end({ status: "retried", reason: outcome.reason, delay, hook: id });
    }
  }
}

/** @throws LLMSPELL_E_HOOK_RETRIES, LLMSPELL_E_DURATION */
function delayOf(
  run: LiveRun,
  { id }: PlannedHook,
  { retry, longestDelay }: RegisteredHook,
  { delay, reason }: RetryOutcome,
): number {
  const { attempt = 1 } = run.request;
  if (attempt >= retry.attempts) {
    throw hookErrors.LLMSPELL_E_HOOK_RETRIES({ hook: id, point: run.pointName, attempts: retry.attempts, reason });
  }
  return delay === undefined ? retry.delayAfter(attempt) : Math.min(longestDelay, parseDuration(delay));
}
