import { type Clock, type Duration, parseDuration } from "@llmspell/base";
import { LRUCache } from "lru-cache";

interface KeptAnswer<Answer> {
  readonly answer: Answer;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** Answers by question, each for a time; the least recently used goes first. */
export class AnswerCache<Answer> {
  readonly #answers: LRUCache<string, KeptAnswer<Answer>>;
  readonly #ttl: number;
  readonly #clock: Clock;
  #hits = 0;
  #misses = 0;

  /** @throws LLMSPELL_E_DURATION */
  constructor({ entries, ttl }: { readonly entries: number; readonly ttl: Duration }, clock: Clock) {
    this.#answers = new LRUCache({ max: entries });
    this.#ttl = parseDuration(ttl);
    this.#clock = clock;
  }

  /** Whether a question has an answer now; counts nothing. */
  has(question: string): boolean {
    return this.#fresh(question) !== undefined;
  }

  get(question: string): Answer | undefined {
    const kept = this.#fresh(question);
    if (kept === undefined) this.#misses++;
    else this.#hits++;
    return kept?.answer;
  }

  set(question: string, answer: Answer): void {
    this.#answers.set(question, { answer, expiresAt: this.#clock.now() + this.#ttl });
  }

  figures(): { readonly hits: number; readonly misses: number; readonly kept: number } {
    return { hits: this.#hits, misses: this.#misses, kept: this.#answers.size };
  }

  #fresh(question: string): KeptAnswer<Answer> | undefined {
    const kept = this.#answers.get(question);
    return kept !== undefined && this.#clock.now() < kept.expiresAt ? kept : undefined;
  }
}
