/** Work that nobody awaits while it runs, kept so that its owner can await it at the end. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();

  /** Runs `work` now; it must handle its own failures. */
  run(work: () => Promise<void>): void {
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs any more, also nothing that was begun meanwhile. */
  async finished(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
