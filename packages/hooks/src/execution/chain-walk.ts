import type { HookRun } from "../hook-run.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import type { ChainStop } from "../plan/hook-chain.ts";
import type { RunContext } from "./run-context.ts";
import type { RunRequest } from "./run-request.ts";

/** Stands for the answer of a hook whose condition aborted the caller's signal. */
const NOT_CALLED = Symbol("not called");

/**
 * Walks on along the hooks that begin a plan after one of them has answered with a promise: calls them in order, each when
 * the one before has answered, as long as they answer with nothing.
 *
 * Two functions serve a whole walk, and a hook costs one promise more than its own; that is why it stands beside
 * `Execution`, which does the same with more care, and takes over where more is needed.
 */
export class ChainWalk {
  readonly #point: CompiledPoint;
  readonly #request: RunRequest;
  readonly #context: RunContext;
  readonly #onAnswer = (value: unknown) => this.#answered(value);
  readonly #onError = (error: unknown) => this.#stop({ error });
  #skipped: number[] | undefined;
  #done: number;
  #awaited: Promise<unknown> | undefined;
  #isOver = false;
  #resolve: ((run: HookRun | Promise<HookRun>) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #onAbort: (() => void) | undefined;

  /** @param stop where the chain came to */
  constructor(point: CompiledPoint, request: RunRequest, context: RunContext, { done, skipped }: ChainStop) {
    this.#point = point;
    this.#request = request;
    this.#context = context;
    this.#done = done;
    this.#skipped = skipped === undefined ? undefined : [...skipped];
  }

  /** @param promise what the hook that the chain came to has answered */
  start(promise: Promise<unknown>): Promise<HookRun> {
    this.#point.counters.pending++;
    const run = new Promise<HookRun>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#await(promise);
    if (this.#request.signal !== undefined) this.#watch(this.#request.signal);
    return run;
  }

  #watch(signal: AbortSignal): void {
    this.#onAbort = () => this.#giveUp();
    signal.addEventListener("abort", this.#onAbort, { once: true });
    // The hook may have aborted it before anybody listened.
    if (signal.aborted) this.#giveUp();
  }

  #await(promise: Promise<unknown>): void {
    const hook = this.#point.hooks[this.#done];
    if (hook !== undefined) hook.counters.pending++;
    this.#awaited = promise;
    promise.then(this.#onAnswer, this.#onError);
  }

  #answered(value: unknown): void {
    if (value !== undefined || this.#isOver) {
      this.#stop({ answer: value });
      return;
    }
    const hook = this.#point.hooks[this.#done];
    if (hook !== undefined) hook.counters.pending--;
    this.#awaited = undefined;
    this.#done++;
    this.#goOn();
  }

  #goOn(): void {
    try {
      while (this.#done < this.#point.walkable && !this.#isGivenUp()) {
        const answer = this.#callNext();
        if (answer !== undefined || this.#isGivenUp()) {
          this.#take(answer);
          return;
        }
        this.#done++;
      }
      this.#stop(undefined);
    } catch (error) {
      this.#stop({ error });
    }
  }

  #callNext(): unknown {
    const hook = this.#point.hooks[this.#done];
    if (hook === undefined) return undefined;
    if (hook.condition !== undefined) {
      const holds = hook.condition(this.#context);
      if (this.#isGivenUp()) return NOT_CALLED;
      if (!holds) {
        this.#skipped ??= [];
        this.#skipped.push(this.#done);
        return undefined;
      }
    }
    return hook.handler(this.#context);
  }

  #take(answer: unknown): void {
    if (answer === NOT_CALLED) this.#stop(undefined);
    else if (answer instanceof Promise && !this.#isGivenUp()) this.#await(answer);
    else this.#stop({ answer });
  }

  #isGivenUp(): boolean {
    const { signal } = this.#request;
    return signal?.aborted === true;
  }

  /** The caller gives up. What aborts in the middle of a call is seen after it. */
  #giveUp(): void {
    if (this.#awaited !== undefined) this.#stop({ answer: this.#awaited });
  }

  #stop(held: ChainStop["held"]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { counters, hooks } = this.#point;
    const hook = hooks[this.#done];
    if (this.#awaited !== undefined && hook !== undefined) hook.counters.pending--;
    if (this.#onAbort !== undefined) this.#request.signal?.removeEventListener("abort", this.#onAbort);
    counters.pending--;
    try {
      const isQuiet = held === undefined && this.#skipped === undefined && this.#done === hooks.length;
      this.#resolve?.(
        isQuiet
          ? this.#point.quietRun(this.#context.data)
          : this.#point.takeOver(this.#request, this.#context, { done: this.#done, held, skipped: this.#skipped }),
      );
    } catch (error) {
      this.#reject?.(error);
    }
  }
}
