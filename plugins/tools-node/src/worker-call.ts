import type { Clock, Timer } from "@llmspell/base";
import type { ToolContext, ToolProgress } from "@llmspell/tools";

/** What a call needs of the thread that serves it. */
export interface CallSurroundings {
  /** Milliseconds that a call which was given up may take to end by itself. */
  readonly abortGrace: number;
  readonly clock: Clock;
  /** Tells the thread that nobody wants the result any more. */
  abort(id: number): void;
  /** Ends the thread: the call did not end within its grace. */
  terminate(reason: unknown): void;
}

/**
 * One call under way in a worker thread, as the pool's thread sees it. It listens to its signal itself: a closure for each
 * call, and a removal of it by name, would cost more (see `npm run bench -- tools-worker`).
 */
export class WorkerCall {
  readonly promise: Promise<unknown>;
  readonly #id: number;
  readonly #context: ToolContext;
  readonly #surroundings: CallSurroundings;
  readonly #resolve: (output: unknown) => void;
  readonly #reject: (reason: unknown) => void;
  #grace: Timer | undefined;
  #givenUp: { readonly reason: unknown } | undefined;

  constructor(id: number, context: ToolContext, surroundings: CallSurroundings) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.promise = promise;
    this.#id = id;
    this.#context = context;
    this.#surroundings = surroundings;
    this.#resolve = resolve;
    this.#reject = reject;
    context.signal.addEventListener("abort", this);
  }

  /** Whether somebody listens to its progress. */
  get isProgressWanted(): boolean {
    return this.#context.onProgress !== undefined;
  }

  /** Its signal has aborted. */
  handleEvent(): void {
    this.#giveUp(this.#context.signal.reason);
  }

  done(output: unknown): void {
    this.#end();
    if (this.#givenUp === undefined) this.#resolve(output);
    else this.#reject(this.#givenUp.reason);
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(this.#givenUp === undefined ? error : this.#givenUp.reason);
  }

  /** Hands progress on; a listener that throws has given the call up. */
  report(progress: ToolProgress): void {
    if (this.#givenUp !== undefined) return;
    try {
      this.#context.onProgress?.(progress);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(reason: unknown): void {
    if (this.#givenUp !== undefined) return;
    this.#givenUp = { reason };
    const { abort, terminate, clock, abortGrace } = this.#surroundings;
    abort(this.#id);
    this.#grace = clock.setTimeout(() => terminate(reason), abortGrace);
  }

  #end(): void {
    this.#context.signal.removeEventListener("abort", this);
    this.#grace?.cancel();
  }
}
