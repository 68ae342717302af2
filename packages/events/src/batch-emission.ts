import type { Clock } from "@llmspell/base";
import type { EventInput } from "./bus-event.ts";
import type { EmitResult } from "./emit-result.ts";

/** How a batch is emitted. */
export interface BatchOptions {
  /** How many events are emitted at a time, at least 1; 10 when left out. */
  readonly maxConcurrency?: number | undefined;
  /** Whether to go on after an event that did not succeed; `continue` when left out. */
  readonly failureStrategy?: "continue" | "stop" | undefined;
  /** Emits no further events once it aborts; waits for room end too. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands in for the result of an event that could not be emitted at all: it has no type. */
export interface InvalidEvent {
  readonly outcome: "invalid";
  readonly error: unknown;
}

/** What became of a batch. */
export interface BatchResult {
  /** Events that were routed, and that no channel refused, shed or failed. */
  readonly successCount: number;
  /** All others that were tried, the invalid ones too. */
  readonly failureCount: number;
  /** Events that were not emitted, after a stop. */
  readonly skippedCount: number;
  /** How long an `emit` took on average; milliseconds. */
  readonly avgLatency: number;
  /** One for each event in its place; `undefined` for those skipped. */
  readonly results: readonly (EmitResult | InvalidEvent | undefined)[];
}

const DEFAULT_CONCURRENCY = 10;

/** Emits many events, a bounded number at a time, in their order. */
export async function emitAll(
  events: readonly EventInput[],
  emit: (event: EventInput, signal: AbortSignal | undefined) => Promise<EmitResult>,
  { maxConcurrency = DEFAULT_CONCURRENCY, failureStrategy = "continue", signal }: BatchOptions,
  clock: Clock,
): Promise<BatchResult> {
  const results: (EmitResult | InvalidEvent | undefined)[] = events.map(() => undefined);
  let next = 0;
  let latency = 0;
  let successCount = 0;
  let failureCount = 0;
  const emitNext = async (): Promise<void> => {
    while (next < events.length && signal?.aborted !== true) {
      if (failureStrategy === "stop" && failureCount > 0) return;
      const index = next++;
      const event = events[index];
      if (event === undefined) return;
      const startedAt = clock.now();
      const result = await emit(event, signal).catch((error: unknown): InvalidEvent => ({ outcome: "invalid", error }));
      latency += clock.now() - startedAt;
      results[index] = result;
      if (isSuccess(result)) successCount++;
      else failureCount++;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(maxConcurrency, events.length)) }, emitNext));
  const emitted = successCount + failureCount;
  const skippedCount = events.length - emitted;
  return { successCount, failureCount, skippedCount, avgLatency: emitted === 0 ? 0 : latency / emitted, results };
}

function isSuccess(result: EmitResult | InvalidEvent): boolean {
  if (result.outcome !== "routed") return false;
  return result.routes.every((route) => route.outcome === "delivered" || route.outcome === "queued");
}
