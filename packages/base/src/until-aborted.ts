/**
 * Waits for a promise until a signal aborts. What the promise stands for goes on; only the wait ends.
 *
 * @throws the signal's reason as soon as it aborts, or what the promise rejects with
 */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    // Also for an aborted signal: a rejection that comes after it is handled, not reported as nobody's.
    promise.finally(() => signal.removeEventListener("abort", abort)).then(resolve, reject);
  });
}
