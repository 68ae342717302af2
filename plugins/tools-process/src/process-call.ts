import type { Clock, Timer } from "@llmspell/base";
import type { ToolContext, ToolProgress } from "@llmspell/tools";

/** What a call needs of the process that serves it. */
export interface ProcessCallOptions {
  /** Milliseconds that a call which was given up may take to end by itself. */
  readonly abortGrace: number;
  readonly clock: Clock;
  /** Tells the process that nobody wants the result any more. */
  cancel(): void;
  /** Ends the process: the call did not end within its grace. */
  onOverdue(): void;
}

/** One call under way in a process: whether it was given up, and why. */
export class ProcessCall implements Disposable {
  readonly #context: ToolContext;
  readonly #options: ProcessCallOptions;
  #grace: Timer | undefined;
  #givenUp: { readonly reason: unknown } | undefined;

  constructor(context: ToolContext, options: ProcessCallOptions) {
    this.#context = context;
    this.#options = options;
    context.signal.addEventListener("abort", this);
  }

  /** Its signal has aborted. */
  handleEvent(): void {
    this.#giveUp(this.#context.signal.reason);
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

  /** What the call fails with: why it was given up, where it was, else `error`. */
  reasonOr(error: unknown): unknown {
    return this.#givenUp === undefined ? error : this.#givenUp.reason;
  }

  /** @throws why it was given up */
  throwIfGivenUp(): void {
    if (this.#givenUp !== undefined) throw this.#givenUp.reason;
  }

  [Symbol.dispose](): void {
    this.#context.signal.removeEventListener("abort", this);
    this.#grace?.cancel();
  }

  #giveUp(reason: unknown): void {
    if (this.#givenUp !== undefined) return;
    this.#givenUp = { reason };
    const { cancel, onOverdue, clock, abortGrace } = this.#options;
    cancel();
    this.#grace = clock.setTimeout(onOverdue, abortGrace);
  }
}
