/** Something that can be given up. Its signal is made when a hook first looks at it, as most never do. */
export class AbortScope {
  readonly #parent: () => AbortSignal | undefined;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #isAborted = false;
  #reason: unknown;

  /** @param parent gives the signal that aborts this scope too, if there is one */
  constructor(parent: () => AbortSignal | undefined) {
    this.#parent = parent;
  }

  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal;
    const parent = this.#parent();
    const controller = new AbortController();
    if (this.#isAborted) controller.abort(this.#reason);
    this.#controller = controller;
    this.#signal = parent === undefined ? controller.signal : AbortSignal.any([parent, controller.signal]);
    return this.#signal;
  }

  /** @param reason undefined for the platform's own `AbortError` */
  abort(reason?: unknown): void {
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
