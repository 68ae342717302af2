import { type Clock, parseRate } from "@llmspell/base";
import { TokenBucket } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
import { compileEventKey, type EventKey } from "./event-key.ts";
import type { ChannelOptions, SharedRateLimit } from "./generated/options.ts";
import type { RateLimit } from "./rate-limit.ts";

/** How many keys a generation of buckets holds; at most twice as many are kept. */
const GENERATION = 10_000;

/** Makes the rate limits of channels; those that have a name are made once, and shared. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #shared: ReadonlyMap<string, RateLimit>;

  /** @throws LLMSPELL_E_RATE, LLMSPELL_E_EXPRESSION */
  constructor(shared: Readonly<Record<string, SharedRateLimit>>, clock: Clock) {
    this.#clock = clock;
    this.#shared = new Map(
      Object.entries(shared).map(([name, limit]) => {
        const made = createLimit(limit, clock);
        // Not the bucket itself: what is shared must not be taken for a channel's own.
        return [name, { tryTake: (event: BusEvent) => made.tryTake(event) }];
      }),
    );
  }

  /** @throws LLMSPELL_E_CHANNEL_RATE_LIMIT, LLMSPELL_E_RATE, LLMSPELL_E_EXPRESSION */
  create(limit: NonNullable<ChannelOptions["rateLimit"]>, burst: number | undefined): RateLimit {
    if (typeof limit !== "object") return createLimit({ rate: limit, burst }, this.#clock);
    if ("rate" in limit) return createLimit(limit, this.#clock);
    const { shared } = limit;
    const found = this.#shared.get(shared);
    if (found !== undefined) return found;
    throw eventErrors.LLMSPELL_E_CHANNEL_RATE_LIMIT({ name: shared, known: [...this.#shared.keys()] });
  }
}

interface LimitOptions extends Omit<SharedRateLimit, "burst"> {
  readonly burst?: number | undefined;
}

function createLimit({ rate, burst, key }: LimitOptions, clock: Clock): RateLimit {
  const options = { rate: parseRate(rate), burst };
  const createBucket = () => new TokenBucket(options, { clock });
  return key === undefined ? createBucket() : new KeyedRateLimit(compileEventKey(key), createBucket);
}

/**
 * A bucket for each key. Buckets are kept in two generations, as the routing table keeps plans: keys that have not been seen
 * for long are forgotten, so that their number has a bound; one that comes again begins with a full bucket.
 */
class KeyedRateLimit implements RateLimit {
  readonly #keyOf: EventKey;
  readonly #createBucket: () => TokenBucket;
  #young = new Map<unknown, TokenBucket>();
  #old = new Map<unknown, TokenBucket>();

  constructor(keyOf: EventKey, createBucket: () => TokenBucket) {
    this.#keyOf = keyOf;
    this.#createBucket = createBucket;
  }

  tryTake(event: BusEvent): boolean {
    const key = this.#keyOf(event);
    return (this.#young.get(key) ?? this.#recall(key)).tryTake();
  }

  #recall(key: unknown): TokenBucket {
    const bucket = this.#old.get(key) ?? this.#createBucket();
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, bucket);
    return bucket;
  }
}
