import { MemberStates } from "./member-states.ts";

/**
 * Remembers who had the last turn, by id: so each comes in turn also while others are left out, and whoever was left out
 * comes first when it is back. Allocates nothing for members that it knows.
 */
export class Turns {
  readonly #members = new MemberStates(() => ({ lastTurn: 0 }));
  #turn = 0;

  /** When a member had its last turn: the less, the longer ago; 0 when it never had one. */
  lastOf(id: string): number {
    return this.#members.of(id).lastTurn;
  }

  take(id: string): void {
    this.#members.of(id).lastTurn = ++this.#turn;
  }
}
