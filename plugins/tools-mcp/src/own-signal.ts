/**
 * Does work under a signal of its own that aborts with the given ones, and lets go of them when the work is done. The SDK
 * never removes its listeners: on a signal that outlives a request they would pile up, and cancel what is long answered.
 *
 * @throws a signal's reason when it has aborted before
 */
export async function underOwnSignal<Result>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const giveUp = ({ target }: { readonly target: unknown }) => controller.abort((target as AbortSignal).reason);
  try {
    for (const signal of signals) {
      signal.throwIfAborted();
      signal.addEventListener("abort", giveUp, { once: true });
    }
    return await work(controller.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", giveUp);
  }
}
