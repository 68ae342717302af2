/**
 * Something that can be given up: a run, or one call with a limit of its own. Signal and identity are made when a hook
 * first looks at them, as most never do.
 */
export class RunScope {
  readonly #parentSignal: () => AbortSignal | undefined;
  readonly #run: RunScope | undefined;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #identity: object | undefined;
  #isAborted = false;
  #reason: unknown;

  /**
   * @param parentSignal gives the signal that aborts this scope too, if there is one
   * @param run the scope of the run that a call belongs to; it lends its identity
   */
  constructor(parentSignal: () => AbortSignal | undefined, run?: RunScope) {
    this.#parentSignal = parentSignal;
    this.#run = run;
  }

  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal;
    const parent = this.#parentSignal();
    const controller = new AbortController();
    if (this.#isAborted) controller.abort(this.#reason);
    this.#controller = controller;
    this.#signal = parent === undefined ? controller.signal : AbortSignal.any([parent, controller.signal]);
    return this.#signal;
  }

  /** An object that no other run has. */
  get identity(): object {
    if (this.#run !== undefined) return this.#run.identity;
    this.#identity ??= {};
    return this.#identity;
  }

  /** A scope for one call in this run: given up with it, or before. */
  limited(): RunScope {
    return new RunScope(() => this.signal, this);
  }

  /** Whether something that was thrown says only that the thrower obeyed the signal. */
  isObeyedBy(error: unknown): boolean {
    const signal = this.#signal;
    if (signal === undefined || !signal.aborted) return false;
    return error === signal.reason || (error instanceof Error && error.name === "AbortError");
  }

  /** @param reason undefined for the platform's own `AbortError` */
  abort(reason?: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
