/** Of more members than these, those that were not picked for longest are forgotten. */
const REMEMBERED = 1024;

/**
 * What a balancer remembers of each member, by id. Bounded, since members come and go: it holds between the last 1,024 and
 * 2,048 members that were looked up. Allocates nothing for members that it knows.
 */
export class MemberStates<State extends object> {
  readonly #create: (id: string) => State;
  // Two generations: what the younger lacks and the older has moves over, and the rest goes when the younger is full.
  #younger = new Map<string, State>();
  #older = new Map<string, State>();

  constructor(create: (id: string) => State) {
    this.#create = create;
  }

  /** The state of a member; a new one when it is not known. */
  of(id: string): State {
    return this.#younger.get(id) ?? this.#keep(id, this.#older.get(id) ?? this.#create(id));
  }

  #keep(id: string, state: State): State {
    if (this.#younger.size >= REMEMBERED) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(id, state);
    return state;
  }
}
