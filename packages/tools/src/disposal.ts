import type { Clock } from "@llmspell/base";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { LimitedCall } from "./limited-call.ts";

/** How long what a pool holds may take to go, in milliseconds; then it is left to itself. */
const DISPOSAL_LIMIT = 10_000;

/**
 * Disposes an instance or a tool: a pool that stops must not wait for ever for a plugin.
 *
 * @throws what the disposal throws, or that it took longer than 10 s
 */
export async function disposeInTime(
  resource: Partial<AsyncDisposable>,
  { deadlines, clock }: { readonly deadlines: DeadlineTimer; readonly clock: Clock },
): Promise<void> {
  const overdue = () => new Error(`It is not gone after ${DISPOSAL_LIMIT} ms.`);
  const limits = { deadlines, now: clock.now(), limit: DISPOSAL_LIMIT, overdue };
  await new LimitedCall(limits, async () => resource[Symbol.asyncDispose]?.()).outcome;
}
