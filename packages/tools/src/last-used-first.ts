import type { FreeInstances } from "./free-instances.ts";
import type { PooledInstance } from "./pooled-instance.ts";

/**
 * Gives a call to the instance that serves the fewest, and among equals to the one that was used last: its caches are warm,
 * and those that are not needed grow idle and can go.
 *
 * For each number of calls under way there is a stack, as a linked list through the instances: lending allocates nothing and
 * takes O(1), however many instances there are.
 */
export class LastUsedFirst implements FreeInstances {
  /** The topmost, by calls under way. */
  readonly #tops: (PooledInstance | undefined)[] = [];
  /** No stack below this one has an instance. */
  #lowest = 0;

  pick(): PooledInstance | undefined {
    const tops = this.#tops;
    for (; this.#lowest < tops.length; this.#lowest++) {
      const top = tops[this.#lowest];
      if (top !== undefined) return top;
    }
    return undefined;
  }

  put(instance: PooledInstance): void {
    if (instance.level >= 0) this.remove(instance);
    const level = instance.inFlight;
    const top = this.#tops[level];
    instance.below = top;
    if (top !== undefined) top.above = instance;
    // A level may be skipped only at the first put of a used instance; an array with holes would be slow for ever.
    while (this.#tops.length < level) this.#tops.push(undefined);
    this.#tops[level] = instance;
    instance.level = level;
    if (level < this.#lowest) this.#lowest = level;
  }

  remove(instance: PooledInstance): void {
    const { level, above, below } = instance;
    if (level < 0) return;
    if (above === undefined) this.#tops[level] = below;
    else above.below = below;
    if (below !== undefined) below.above = above;
    instance.above = undefined;
    instance.below = undefined;
    instance.level = -1;
  }
}
