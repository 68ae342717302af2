/** Emitters that wait for room in a full channel, first come, first served. */
export class RoomQueue {
  #waiting: ((hasRoom: boolean) => void)[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** Waits for room: true when there is some, false when the wait was aborted or everyone was turned away. */
  wait(signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (hasRoom: boolean) => {
        signal?.removeEventListener("abort", abort);
        resolve(hasRoom);
      };
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== settle);
        settle(false);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.push(settle);
    });
  }

  /** Gives room to the one that has waited longest. */
  admitOne(): void {
    this.#waiting.shift()?.(true);
  }

  /** Turns everyone away who waits now. */
  turnAllAway(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const settle of waiting) settle(false);
  }
}
