import { messageOf } from "./errors/llmspell-error.ts";

/**
 * Disposes resources one after the other, the last first; one that fails keeps none of the others from it.
 *
 * @throws what the only failure was; an AggregateError of several, after all have been disposed
 */
export async function disposeAll(resources: readonly Partial<AsyncDisposable>[]): Promise<void> {
  const failures: unknown[] = [];
  for (const resource of resources.toReversed()) {
    try {
      await resource[Symbol.asyncDispose]?.();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length === 0) return;
  const problems = failures.map(messageOf).join("; ");
  throw new AggregateError(failures, `${failures.length} resources could not be disposed: ${problems}`);
}
