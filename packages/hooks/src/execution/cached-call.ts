import type { KeptAnswer } from "../cache/answer-store.ts";
import type { AnswerKeys, HookAnswers } from "../cache/hook-answers.ts";
import { freezeDeeply } from "../patches/freeze.ts";
import { isOutcome } from "./hook-answer.ts";
import type { RunContext } from "./run-context.ts";
import type { RunTime } from "./run-time.ts";

/** What one call has to do with the cache of its hook. */
export class CachedCall {
  readonly #cache: HookAnswers;
  readonly #context: RunContext;
  /** `undefined` where none can be made: then the hook is called as if it had no cache. */
  #keys: AnswerKeys | undefined;
  /** What the answer is kept with; `undefined` while another call makes it. */
  #version: number | undefined;
  /** How long it took to find nothing; milliseconds. */
  #searching = 0;

  constructor(cache: HookAnswers, context: RunContext) {
    this.#cache = cache;
    this.#context = context;
  }

  /** What is kept, fresh or stale. */
  search(time: RunTime, startedAt: number): KeptAnswer | undefined {
    this.#keys = this.#cache.keysFor(this.#context);
    const kept = this.#keys === undefined ? undefined : this.#cache.find(this.#keys);
    this.#searching = time.after() - startedAt;
    return kept;
  }

  /** The answer of an equal call that is under way, or else that of `execute`. */
  ask(execute: () => unknown): unknown {
    if (this.#keys === undefined) return execute();
    return this.#cache.share(this.#keys, this.#context, (version) => {
      this.#version = version;
      return execute();
    });
  }

  /** Whether it waited for an equal call, which tells nothing of how long the hook takes. */
  get isShared(): boolean {
    return this.#keys !== undefined && this.#version === undefined;
  }

  /** The answer of an equal call has served. */
  noteShared(): void {
    this.#cache.shared();
  }

  /**
   * Offers the hook's own answer to be kept.
   *
   * @param duration how long the hook took; milliseconds
   * @param isFreezing whether it is frozen, as data are: those who get it later share it
   */
  keep(answer: unknown, duration: number, isFreezing: boolean): void {
    if (this.#keys === undefined || this.#version === undefined) return;
    this.#cache.compare(this.#searching, duration);
    if (answer !== undefined && !isOutcome(answer)) return;
    if (isFreezing) freezeDeeply(answer);
    this.#cache.keep(this.#keys, this.#version, { context: this.#context, duration }, answer);
  }
}
