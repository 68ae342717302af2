/** Counts what goes on beside the runs, and lets one wait until nothing does. */
export class OutstandingWork {
  #count = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  get count(): number {
    return this.#count;
  }

  begin(count = 1): void {
    this.#count += count;
  }

  end(): void {
    this.#count--;
    if (this.#count > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /**
   * Resolves as soon as nothing goes on.
   *
   * @throws the signal's reason when it aborts first
   */
  async idle(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#count === 0) return;
    this.#idle ??= Promise.withResolvers();
    if (signal === undefined) return this.#idle.promise;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#idle.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
