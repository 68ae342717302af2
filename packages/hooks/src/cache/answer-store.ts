import type { Clock } from "@llmspell/base";
import { LRUCache } from "lru-cache";
import type { HookOutcome } from "../hook-outcome.ts";
import { isCacheable } from "./cacheable.ts";
import { bytesOfString, estimatedBytes } from "./estimated-bytes.ts";
import { InvalidationLog } from "./invalidation-log.ts";

/** The bounds of a store; each is at least 1. */
export interface AnswerStoreOptions {
  readonly maxEntries: number;
  /** An estimate, see `estimatedBytes`: keys and the index for invalidation are counted too. */
  readonly maxBytes: number;
}

export interface AnswerStoreDependencies {
  readonly clock: Pick<Clock, "now">;
}

/** An answer as it was kept; read it at once, because it turns stale when a later reader finds it so. */
export interface KeptAnswer {
  /** `undefined` is a hook that let the run continue unchanged. */
  readonly outcome: HookOutcome | undefined;
  /** Whether its lifetime lasts; what is stale serves only where that was asked for. */
  readonly isFresh: boolean;
}

/**
 * What became of an answer that was offered to the store.
 *
 * - `kept`.
 * - `uncacheable`: see `isCacheable`.
 * - `no_lifetime`: its lifetime is 0, negative or not a number.
 * - `too_large`: alone it exceeds `maxBytes`.
 * - `outdated`: one of its keys was invalidated after its computation had begun.
 */
export type KeepResult = "kept" | "uncacheable" | "no_lifetime" | "too_large" | "outdated";

/** What a store holds, and what it could not. */
export interface AnswerStoreFigures {
  readonly entries: number;
  readonly bytes: number;
  /** Answers that had to make room for others. */
  readonly evictions: number;
  readonly tooLarge: number;
  readonly outdated: number;
  /** Answers that `invalidate` removed. */
  readonly invalidated: number;
}

/** Two slots of a map each, and the node of the list; for each invalidation key, its place in the index. */
const ENTRY_BYTES = 200;
const INDEX_BYTES = 64;

/** What `get` returns is the entry itself, so that a hit allocates nothing. */
interface Entry extends KeptAnswer {
  /** Becomes false when a reader finds the lifetime over, and never true again: a newer answer is an entry of its own. */
  isFresh: boolean;
  /** On the store's clock; `Infinity` for an answer that only invalidation ends. */
  readonly expiresAt: number;
  readonly invalidationKeys: readonly string[];
}

/**
 * The answers of cached hooks: least recently used first out, bounded by entries and estimated bytes.
 *
 * An answer whose lifetime is over stays readable as stale until it is evicted, replaced or invalidated. Invalidation
 * reaches answers that are still being computed too, by their version:
 *
 * @example
 * const version = store.versionOf(keys); // before the hook is called
 * const outcome = await handler(context);
 * store.set(key, outcome, lifetime, keys, version); // not kept when a key was invalidated meanwhile
 */
export class AnswerStore {
  readonly #answers: LRUCache<string, Entry>;
  /** The keys of the answers that an invalidation key removes. */
  readonly #index = new Map<string, Set<string>>();
  readonly #invalidations = new InvalidationLog();
  readonly #maxBytes: number;
  readonly #clock: Pick<Clock, "now">;
  #evictions = 0;
  #tooLarge = 0;
  #outdated = 0;
  #invalidated = 0;

  constructor({ maxEntries, maxBytes }: AnswerStoreOptions, { clock }: AnswerStoreDependencies) {
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.#answers = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      dispose: (entry, key, reason) => {
        if (reason === "evict") this.#evictions++;
        this.#unindex(key, entry.invalidationKeys);
      },
    });
  }

  /**
   * The answer that was kept for a key, fresh or stale.
   *
   * @param now the time on the store's clock where the caller has just read it: reading it costs more than the lookup
   */
  get(key: string, now?: number): KeptAnswer | undefined {
    const entry = this.#answers.get(key);
    // The clock is read last: endless and stale answers do without.
    if (entry?.isFresh && entry.expiresAt !== Number.POSITIVE_INFINITY) {
      entry.isFresh = (now ?? this.#clock.now()) < entry.expiresAt;
    }
    return entry;
  }

  /**
   * A number that changes as soon as one of the keys is invalidated: what was begun at another version is outdated.
   *
   * @param invalidationKeys all that the answer is going to have, the hook's own `<point>.<hook id>` included
   */
  versionOf(invalidationKeys: readonly string[]): number {
    return this.#invalidations.versionOf(invalidationKeys);
  }

  /**
   * Keeps an answer if it may be kept. If not, the one that was kept for the key before goes all the same, because a newer
   * one is known: what a guard let pass once must not be used as stale after it has cancelled. An outdated answer
   * changes nothing.
   *
   * @param lifetime milliseconds from now; `Infinity` until it is invalidated
   * @param version what `versionOf(invalidationKeys)` was before the answer's computation began
   */
  set(
    key: string,
    outcome: HookOutcome | undefined,
    lifetime: number,
    invalidationKeys: readonly string[],
    version: number,
  ): KeepResult {
    if (this.versionOf(invalidationKeys) !== version) {
      this.#outdated++;
      return "outdated";
    }
    const mayBeKept = isCacheable(outcome) && lifetime > 0;
    const size = mayBeKept ? bytesOf(key, outcome, invalidationKeys, this.#maxBytes) : 0;
    if (!mayBeKept || size > this.#maxBytes) {
      this.#answers.delete(key);
      if (!mayBeKept) return isCacheable(outcome) ? "no_lifetime" : "uncacheable";
      this.#tooLarge++;
      return "too_large";
    }
    const expiresAt = this.#clock.now() + lifetime;
    this.#answers.set(key, { outcome, isFresh: true, expiresAt, invalidationKeys }, { size });
    // After the answer before it has been taken out of the index.
    this.#addToIndex(key, invalidationKeys);
    return "kept";
  }

  /** Forgets every answer with this invalidation key, stale ones and those being computed included; how many were kept. */
  invalidate(invalidationKey: string): number {
    this.#invalidations.note(invalidationKey);
    const keys = this.#index.get(invalidationKey);
    if (keys === undefined) return 0;
    // Taken out whole, so that it does not change while it is gone through.
    this.#index.delete(invalidationKey);
    for (const key of keys) this.#answers.delete(key);
    this.#invalidated += keys.size;
    return keys.size;
  }

  figures(): AnswerStoreFigures {
    return {
      entries: this.#answers.size,
      bytes: this.#answers.calculatedSize,
      evictions: this.#evictions,
      tooLarge: this.#tooLarge,
      outdated: this.#outdated,
      invalidated: this.#invalidated,
    };
  }

  #addToIndex(key: string, invalidationKeys: readonly string[]): void {
    for (const invalidationKey of invalidationKeys) {
      const keys = this.#index.get(invalidationKey);
      if (keys === undefined) this.#index.set(invalidationKey, new Set([key]));
      else keys.add(key);
    }
  }

  #unindex(key: string, invalidationKeys: readonly string[]): void {
    for (const invalidationKey of invalidationKeys) {
      const keys = this.#index.get(invalidationKey);
      keys?.delete(key);
      if (keys?.size === 0) this.#index.delete(invalidationKey);
    }
  }
}

function bytesOf(
  key: string,
  outcome: HookOutcome | undefined,
  invalidationKeys: readonly string[],
  limit: number,
): number {
  const ofIndex = invalidationKeys.reduce((sum, name) => sum + INDEX_BYTES + bytesOfString(name), 0);
  return ENTRY_BYTES + bytesOfString(key) + ofIndex + estimatedBytes(outcome, limit);
}
