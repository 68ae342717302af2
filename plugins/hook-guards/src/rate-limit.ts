import { createHash } from "node:crypto";
import { type Clock, parseRate, systemClock } from "@llmspell/base";
import { compileExpression, type Expression } from "@llmspell/expressions";
import { cancel, type Hook, type HookContext, type HookOutcome, retry } from "@llmspell/hooks";
import { TokenBucket } from "@llmspell/resilience";
import { LRUCache } from "lru-cache";
import { type RateLimitOptions, rateLimitOptionsDefaults } from "./generated/options.ts";

/** Longer keys are kept as their hash, so that data of any size cannot fill the memory. */
const LONGEST_KEY = 100;

/** What `RateLimit` takes from outside; the system's when left out. */
export interface RateLimitDependencies {
  readonly clock?: Clock | undefined;
}

/** Lets a hook point be passed only so often: a token bucket for each key. */
export class RateLimit implements Hook {
  readonly #key: Expression | undefined;
  readonly #action: "cancel" | "retry";
  /** Milliseconds in which one token comes in. */
  readonly #delay: number;
  readonly #newBucket: () => TokenBucket;
  readonly #buckets: LRUCache<string, TokenBucket>;
  #allowed = 0;
  #limited = 0;
  #evictedKeys = 0;

  /** @throws LLMSPELL_E_RATE, LLMSPELL_E_EXPRESSION */
  constructor(options: RateLimitOptions, { clock = systemClock }: RateLimitDependencies = {}) {
    const { rate, burst, key, maxKeys, action } = { ...rateLimitOptionsDefaults, ...options };
    this.#key = key === undefined ? undefined : compileExpression(key, ["context"]);
    this.#action = action;
    this.#delay = Math.ceil(1000 / parseRate(rate));
    this.#newBucket = () => new TokenBucket({ rate, burst }, { clock });
    this.#buckets = new LRUCache({
      max: key === undefined ? 1 : maxKeys,
      dispose: (_bucket, _key, reason) => {
        if (reason === "evict") this.#evictedKeys++;
      },
    });
  }

  /** @throws LLMSPELL_E_EXPRESSION_VALUE when the key cannot be read from the data */
  handle(context: HookContext): HookOutcome | undefined {
    if (this.#bucketOf(context).tryTake()) {
      this.#allowed++;
      return undefined;
    }
    this.#limited++;
    const reason = "The rate limit is used up.";
    return this.#action === "cancel" ? cancel(reason) : retry(reason, { delay: this.#delay });
  }

  /** `keys` are those that are kept now. */
  figures(): Readonly<Record<string, number>> {
    return {
      allowed: this.#allowed,
      limited: this.#limited,
      keys: this.#buckets.size,
      evictedKeys: this.#evictedKeys,
    };
  }

  #bucketOf(context: HookContext): TokenBucket {
    const key = this.#keyOf(context);
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    const bucket = this.#newBucket();
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #keyOf({ point, input, data, attempt }: HookContext): string {
    if (this.#key === undefined) return "";
    const text = JSON.stringify(this.#key.evaluate({ context: { point, input, data, attempt } })) ?? "";
    return text.length <= LONGEST_KEY ? text : createHash("sha256").update(text).digest("base64");
  }
}
