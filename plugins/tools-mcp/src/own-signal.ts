/**
 * A signal for one request: aborts with the given ones until it is released. The SDK never removes its listeners; on a
 * signal that outlives a request they would pile up, and cancel what is long answered.
 *
 * An object and not a function around the work: one promise less for every call.
 */
export class OwnSignal {
  readonly #signals: readonly AbortSignal[];
  readonly #controller = new AbortController();
  readonly #giveUp = ({ target }: { readonly target: unknown }) =>
    this.#controller.abort((target as AbortSignal).reason);

  /** @throws a signal's reason when it has aborted before */
  constructor(...signals: readonly AbortSignal[]) {
    for (const signal of signals) signal.throwIfAborted();
    for (const signal of signals) signal.addEventListener("abort", this.#giveUp);
    this.#signals = signals;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Lets go of the given signals: the request has been answered. */
  release(): void {
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#giveUp);
  }
}
