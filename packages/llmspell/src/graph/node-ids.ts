/** Gives the nodes and groups of one drawing their ids: letters, digits and underscores, each once. */
export class NodeIds {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** A readable id for a key; two keys that would read alike are told apart by underscores. */
  of(key: string): string {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    let id = key.trim().replace(/\W/g, "_");
    while (this.#taken.has(id)) id += "_";
    this.#ids.set(key, id);
    this.#taken.add(id);
    return id;
  }
}
