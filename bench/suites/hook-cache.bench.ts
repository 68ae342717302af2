// What a cached hook costs when it is not called: its key, and the lookup of its answer; measured on the built packages.
import { createHash } from "node:crypto";
import { systemClock } from "@llmspell/base";
import { type HookOutcome, modify } from "@llmspell/hooks";
import { LRUCache } from "lru-cache";
import type { Comparison } from "../comparison.ts";

// Not exported by the package: parts of its manager.
const DIST = new URL("../../packages/hooks/dist/cache/", import.meta.url);

type CacheKeyModule = typeof import("../../packages/hooks/src/cache/cache-key.ts");
type AnswerStoreModule = typeof import("../../packages/hooks/src/cache/answer-store.ts");

async function loadCompileCacheKey(): Promise<CacheKeyModule["compileCacheKey"]> {
  const module: CacheKeyModule = await import(new URL("cache-key.js", DIST).href);
  return module.compileCacheKey;
}

async function loadAnswerStore(): Promise<AnswerStoreModule["AnswerStore"]> {
  const module: AnswerStoreModule = await import(new URL("answer-store.js", DIST).href);
  return module.AnswerStore;
}

/** Of the twelfth hook that was registered. */
const OWNER = 12;
const CONTEXTS = 1000;
const { signal } = new AbortController();

/** Contexts of about 20 KB: a chat of 40 messages of 450 characters. */
function contexts() {
  const messages = Array.from({ length: 40 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `${index}: ${"lorem ipsum ".repeat(37)}`,
  }));
  return Array.from({ length: CONTEXTS }, (_, index) => {
    const repo = { id: `repository-${index}`, stars: index };
    return {
      point: "before_llm_call",
      input: { user: "ada" },
      data: { repo, messages },
      attempt: 1,
      scope: {},
      signal,
      clock: systemClock,
    };
  });
}

/** Where `time` puts what was made, so that nothing can be left out. */
const made: { last: unknown } = { last: undefined };

/** Nanoseconds a call, of the last of five rounds. */
function time<Item>(items: readonly Item[], calls: number, make: (item: Item) => unknown): number {
  let figure = 0;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let call = 0; call < calls; call++) {
      const item = items[call % items.length];
      if (item !== undefined) made.last = make(item);
    }
    figure = ((performance.now() - start) * 1e6) / calls;
  }
  return figure;
}

const keys = () => Array.from({ length: CONTEXTS }, (_, index) => `12:srepository-${index}`);
const answer = () => modify({ language: "en" });

type Store = InstanceType<AnswerStoreModule["AnswerStore"]>;

async function filledStore(lifetime: number): Promise<Store> {
  const store = new (await loadAnswerStore())({ maxEntries: 10_000, maxBytes: 64e6 }, { clock: systemClock });
  for (const key of keys()) store.set(key, answer(), lifetime, ["before_llm_call.enrich"], 0);
  return store;
}

function filledCache(ttl: number): LRUCache<string, HookOutcome> {
  const cache = new LRUCache<string, HookOutcome>({ max: 10_000, ttl, ttlResolution: 0 });
  for (const key of keys()) cache.set(key, answer());
  return cache;
}

export const comparisons: readonly Comparison[] = [
  {
    name: "cache key, one path to a string",
    unit: "ns",
    peerName: "JSON.stringify of the same value",
    async ours() {
      const key = (await loadCompileCacheKey())(["data.repo.id"], OWNER);
      return time(contexts(), 5_000_000, (context) => key(context));
    },
    peer: () => time(contexts(), 5_000_000, ({ data }) => JSON.stringify(data.repo.id)),
    goal: {
      text: "<= 15 ns or, on a busy machine, 0.4 x peer",
      isMet: (ours, peer) => ours <= Math.max(15, 0.4 * peer),
    },
  },
  {
    name: "cache key, one path in a context of 20 KB",
    unit: "ns",
    peerName: "SHA-256 of the whole context's JSON",
    async ours() {
      const key = (await loadCompileCacheKey())(["data.repo.id"], OWNER);
      return time(contexts(), 5_000_000, (context) => key(context));
    },
    peer: () => time(contexts(), 2000, ({ input, data }) => hashOf({ input, data })),
    goal: { text: "<= 0.001 x peer", isMet: (ours, peer) => ours <= 0.001 * peer },
  },
  {
    name: "cache key of a whole context of 20 KB",
    unit: "ns",
    peerName: "SHA-256 of its JSON, key order not settled",
    async ours() {
      const key = (await loadCompileCacheKey())(undefined, OWNER);
      return time(contexts(), 2000, (context) => key(context));
    },
    peer: () => time(contexts(), 2000, ({ input, data }) => hashOf({ input, data })),
    goal: { text: "<= 2 x peer", isMet: (ours, peer) => ours <= 2 * peer },
  },
  {
    name: "a hit of the answer store, until invalidated",
    unit: "ns",
    peerName: "lru-cache bare",
    async ours() {
      const store = await filledStore(Number.POSITIVE_INFINITY);
      return time(keys(), 2_000_000, (key) => store.get(key)?.isFresh);
    },
    peer() {
      const cache = filledCache(0);
      return time(keys(), 2_000_000, (key) => cache.get(key)?.kind);
    },
    goal: { text: "<= 2 x peer", isMet: (ours, peer) => ours <= 2 * peer },
  },
  {
    name: "a hit of the answer store with a lifetime, at the time that the run has read",
    unit: "ns",
    peerName: "lru-cache with ttl",
    async ours() {
      const store = await filledStore(60_000);
      const now = systemClock.now();
      return time(keys(), 2_000_000, (key) => store.get(key, now)?.isFresh);
    },
    peer() {
      const cache = filledCache(60_000);
      return time(keys(), 2_000_000, (key) => cache.get(key)?.kind);
    },
    goal: { text: "<= 1 x peer", isMet: (ours, peer) => ours <= peer },
  },
  {
    name: "a hit of the answer store, its key made anew",
    unit: "ns",
    peerName: "lru-cache bare, its key joined by hand",
    async ours() {
      const key = (await loadCompileCacheKey())(["data.repo.id"], OWNER);
      const store = await filledStore(Number.POSITIVE_INFINITY);
      return time(contexts(), 2_000_000, (context) => store.get(key(context))?.isFresh);
    },
    peer() {
      const cache = filledCache(0);
      return time(contexts(), 2_000_000, ({ data }) => cache.get(`12:s${data.repo.id}`)?.kind);
    },
    goal: { text: "<= 1.5 x peer", isMet: (ours, peer) => ours <= 1.5 * peer },
  },
];

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}
