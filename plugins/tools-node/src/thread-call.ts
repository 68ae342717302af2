import type { ToolProgress } from "@llmspell/tools";
import type { ToolFunctionContext } from "./tool-module.ts";
import type { Transfers } from "./worker-messages.ts";

/**
 * One call inside a worker thread, as its function sees it.
 *
 * Most functions read neither the signal nor the rest. An AbortController costs more than a small call does, so each is made
 * when it is read first (see `npm run bench -- tools-worker`); getters, so that a function may take its context apart.
 */
export class ThreadCall implements ToolFunctionContext {
  readonly #tell: ((progress: ToolProgress) => void) | undefined;
  #controller: AbortController | undefined;
  #transfers: ArrayBuffer[] | undefined;
  #isGivenUp = false;

  /** @param tell carries progress over; absent where nobody listens */
  constructor(tell?: (progress: ToolProgress) => void) {
    this.#tell = tell;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isGivenUp) this.#abortSignal(this.#controller);
    }
    return this.#controller.signal;
  }

  get transfer(): ToolFunctionContext["transfer"] {
    return (...objects) => {
      this.#transfers ??= [];
      this.#transfers.push(...objects);
    };
  }

  get report(): ToolFunctionContext["report"] {
    return ({ progress, total, message }) => this.#tell?.({ progress, total, message });
  }

  /** What goes over with the output. */
  get transfers(): Transfers | undefined {
    return this.#transfers;
  }

  /** The caller has given up. */
  abort(): void {
    this.#isGivenUp = true;
    if (this.#controller !== undefined) this.#abortSignal(this.#controller);
  }

  #abortSignal(controller: AbortController): void {
    controller.abort(new Error("The call was given up."));
  }
}
