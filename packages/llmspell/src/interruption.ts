/** The signals that ask a run to end, and the exit code that shells give to a process that one of them ended. */
export const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

export type InterruptionSignal = keyof typeof SIGNAL_EXIT;

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(signal: InterruptionSignal, listener: () => void): unknown;
  off(signal: InterruptionSignal, listener: () => void): unknown;
}

/** Listens for SIGINT and SIGTERM: the first asks for an orderly end, a second one ends at once. */
export class Interruption implements Disposable {
  /** Resolves with the first signal that comes; never, when none comes. */
  readonly first: Promise<InterruptionSignal>;
  readonly #source: SignalSource;
  readonly #listeners: readonly (readonly [InterruptionSignal, () => void])[];

  /** @param exit ends the process at once, with an exit code */
  constructor(source: SignalSource, exit: (code: number) => void) {
    this.#source = source;
    const { promise, resolve } = Promise.withResolvers<InterruptionSignal>();
    this.first = promise;
    let isInterrupted = false;
    const listen = (signal: InterruptionSignal) => () => {
      if (isInterrupted) exit(SIGNAL_EXIT[signal]);
      isInterrupted = true;
      resolve(signal);
    };
    this.#listeners = [
      ["SIGINT", listen("SIGINT")],
      ["SIGTERM", listen("SIGTERM")],
    ];
    for (const [signal, listener] of this.#listeners) source.on(signal, listener);
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) this.#source.off(signal, listener);
  }
}
