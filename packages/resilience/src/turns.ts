/** When more members than these have been seen, most of them have gone; all are forgotten and the turns begin anew. */
const REMEMBERED = 1024;

/**
 * Remembers who had the last turn, by id: so each comes in turn also while others are left out, and whoever was left out
 * comes first when it is back. Allocates nothing for members that it knows.
 */
export class Turns {
  readonly #lastTurns = new Map<string, number>();
  #turn = 0;

  /** When a member had its last turn: the less, the longer ago; 0 when it never had one. */
  lastOf(id: string): number {
    return this.#lastTurns.get(id) ?? 0;
  }

  take(id: string): void {
    if (this.#lastTurns.size >= REMEMBERED && !this.#lastTurns.has(id)) this.#lastTurns.clear();
    this.#lastTurns.set(id, ++this.#turn);
  }
}
