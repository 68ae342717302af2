import { messageOf } from "@llmspell/base";
import type { HookCacheUse } from "../hook.ts";
import type { ComputedAnswer, HookCache } from "../hook-cache.ts";
import type { HookContext } from "../hook-context.ts";
import type { HookOutcome } from "../hook-outcome.ts";
import type { HookCounters } from "../statistics/hook-statistics.ts";
import type { AnswerStore, KeptAnswer } from "./answer-store.ts";
import { type CacheKey, compileCacheKey } from "./cache-key.ts";
import { isForOneReader } from "./cacheable.ts";
import type { SingleFlight } from "./single-flight.ts";

/** What the caches of all hooks of a manager share. */
export interface SharedCache {
  readonly store: AnswerStore;
  readonly flights: SingleFlight<unknown>;
  /** Told once of a cache that cannot work, or does not pay. */
  readonly warn: (message: string) => void;
}

/** Under what an answer is looked for, kept and invalidated. */
export interface AnswerKeys {
  readonly key: string;
  readonly invalidation: readonly string[];
}

/** After this many answers it is known whether a cache pays. */
const ENOUGH = 50;

/** How many hooks with a cache there have been: each has a number of its own, also in another manager. */
let registrations = 0;

/** The kept answers of one hook. */
export class HookAnswers {
  readonly #name: string;
  readonly #policy: HookCache;
  readonly #keyOf: CacheKey;
  readonly #counters: HookCounters;
  readonly #shared: SharedCache;
  #hasWarned = false;
  #answers = 0;
  #searching = 0;
  #answering = 0;

  /**
   * @param name `<point>.<hook id>`, by which all of its answers can be invalidated
   * @throws LLMSPELL_E_HOOK_CACHE_KEY
   */
  constructor(name: string, { policy, key }: HookCacheUse, counters: HookCounters, shared: SharedCache) {
    this.#name = name;
    this.#policy = policy;
    this.#keyOf = compileCacheKey(key, registrations++);
    this.#counters = counters;
    this.#shared = shared;
  }

  /** `undefined` where it cannot be said what the answer would depend on: then it is neither looked for nor kept. */
  keysFor(context: HookContext): AnswerKeys | undefined {
    try {
      const own = this.#policy.invalidationKeysOf?.(context) ?? [];
      return { key: this.#keyOf(context), invalidation: [...own, this.#name] };
    } catch (error) {
      this.#counters.misses++;
      this.#tellOnce(`The answers of the hook ${this.#name} cannot be kept: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** What is kept, fresh or stale; counted. */
  find({ key }: AnswerKeys): KeptAnswer | undefined {
    const found = this.#shared.store.get(key);
    if (found?.isFresh) this.#counters.hits++;
    else {
      this.#counters.misses++;
      if (found !== undefined) this.#counters.stale++;
    }
    return found;
  }

  /**
   * The answer of an equal call that is under way, or else that of `execute`.
   *
   * @param execute told the version that `keep` needs
   */
  share({ key, invalidation }: AnswerKeys, context: HookContext, execute: (version: number) => unknown): unknown {
    const { store, flights } = this.#shared;
    return flights.run(key, {
      version: () => store.versionOf(invalidation),
      execute,
      isForOne: isForOneReader,
      // A signal is made when it is first looked at, which a hook that answers at once does not need.
      get signal() {
        return context.signal;
      },
    });
  }

  /** The answer was that of another call. */
  shared(): void {
    this.#counters.misses--;
    this.#counters.hits++;
  }

  /**
   * Offers an answer to the store, also one that may not be kept, as it makes an earlier one obsolete.
   *
   * @param version that of `share`
   * @param duration how long the hook took; milliseconds
   */
  keep(
    keys: AnswerKeys,
    version: number,
    computed: Pick<ComputedAnswer, "context" | "duration">,
    outcome?: HookOutcome,
  ): void {
    const { hits, misses } = this.#counters;
    try {
      const lifetime = this.#policy.lifetimeOf({ ...computed, hits, misses });
      this.#shared.store.set(keys.key, outcome, lifetime, keys.invalidation, version);
    } catch (error) {
      this.#tellOnce(`The answers of the hook ${this.#name} cannot be kept: ${messageOf(error)}`);
    }
  }

  /**
   * Sees whether the cache pays.
   *
   * @param searching how long it took to find nothing; milliseconds
   * @param answering how long the hook took then; milliseconds
   */
  compare(searching: number, answering: number): void {
    this.#searching += searching;
    this.#answering += answering;
    this.#answers++;
    if (this.#answers !== ENOUGH || this.#searching <= this.#answering) return;
    const each = (sum: number) => `${((sum / ENOUGH) * 1000).toFixed(1)} µs`;
    this.#tellOnce(
      `The cache of the hook ${this.#name} costs more than the hook: a lookup takes ${each(this.#searching)}, ` +
        `the hook ${each(this.#answering)}. Name what it reads in \`cache.key\`, or leave the cache out.`,
    );
  }

  #tellOnce(message: string): void {
    if (!this.#hasWarned) this.#shared.warn(message);
    this.#hasWarned = true;
  }
}
