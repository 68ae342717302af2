import { toolErrors } from "./errors.ts";

/** Whether a pool takes requests: open at first, then it drains, then it has stopped; there is no way back. */
export class PoolGate {
  readonly #pool: string;
  #state: "open" | "draining" | "stopped" = "open";

  constructor(pool: string) {
    this.#pool = pool;
  }

  get isStopped(): boolean {
    return this.#state === "stopped";
  }

  /** What it has is finished, nothing new is taken. */
  drain(): void {
    if (this.#state === "open") this.#state = "draining";
  }

  /** Says with which error everybody is refused from now on. */
  stop(): Error {
    this.#state = "stopped";
    return this.#closedError("stopped");
  }

  /** @throws LLMSPELL_E_POOL_CLOSED once it drains or has stopped */
  assertOpen(): void {
    if (this.#state !== "open") throw this.#closedError(this.#state);
  }

  /** @throws LLMSPELL_E_POOL_CLOSED once it has stopped */
  assertRunning(): void {
    if (this.#state === "stopped") throw this.#closedError("stopped");
  }

  #closedError(state: "draining" | "stopped"): Error {
    return toolErrors.LLMSPELL_E_POOL_CLOSED({ pool: this.#pool, state });
  }
}
