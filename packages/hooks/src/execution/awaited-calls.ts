import type { Timer } from "@llmspell/base";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { BackgroundCalls } from "./background-calls.ts";
import { receiveAnswer } from "./hook-answer.ts";

/** What a run does when a call is over. */
export interface CallEnding {
  answered(answer: unknown): void;
  failed(error: unknown): void;
  timedOut(): void;
}

/** The calls of one run that were not answered at once. When the run ends first, they become stragglers. */
export class AwaitedCalls {
  readonly #background: BackgroundCalls;
  readonly #open = new Set<RegisteredHook>();
  readonly #timers = new Set<Timer>();
  #isAbandoned = false;

  constructor(background: BackgroundCalls) {
    this.#background = background;
  }

  /** Awaits an answer and tells how the call ended, unless the run has by then. Never rejects. */
  add(hook: PlannedHook, registered: RegisteredHook, answer: PromiseLike<unknown>, ending: CallEnding): Promise<void> {
    const { counters } = registered;
    const { clock, stragglers } = this.#background;
    this.#open.add(registered);
    counters.pending++;
    const late = () => {
      counters.late++;
      stragglers.end();
    };
    const close = (tell: () => void) => {
      if (this.#isAbandoned) {
        late();
        return;
      }
      this.#open.delete(registered);
      counters.pending--;
      tell();
    };
    const timedOut = () => {
      stragglers.begin();
      counters.timedOut++;
      ending.timedOut();
    };
    return receiveAnswer(
      answer,
      {
        answered: (value) => close(() => ending.answered(value)),
        failed: (error) => close(() => ending.failed(error)),
        timedOut: () => close(timedOut),
        late,
      },
      hook.timeout,
      clock,
      this.#timers,
    );
  }

  /** The run has ended: answers no longer count, and no deadline is kept. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const { counters } of this.#open) counters.pending--;
    this.#background.stragglers.begin(this.#open.size);
    for (const timer of this.#timers) timer.cancel();
  }
}
