import type { Clock } from "@llmspell/base";
import type { CallObserver } from "@llmspell/tools";

/** Where a trace is written to. */
export interface TraceOutput {
  /** How many characters it has taken and not yet passed on. */
  readonly writableLength: number;
  write(text: string): unknown;
}

/** As many characters may be on their way; what comes meanwhile is counted and left out, so that a slow disk costs no memory. */
const MOST_UNDER_WAY = 16_000_000;

/** Writes each call of a `ToolExecutionPool` as a line of a trace: `tools.observe(recorder)`. */
export class TraceRecorder implements CallObserver {
  readonly #output: TraceOutput;
  readonly #start: number;
  /** Calls that were written. */
  recorded = 0;
  /** Calls that were left out because the output was too slow. */
  left = 0;

  /** The trace begins now. */
  constructor(output: TraceOutput, clock: Pick<Clock, "now">) {
    this.#output = output;
    this.#start = clock.now();
  }

  called(pool: string, arrivedAt: number, duration: number): void {
    if (this.#output.writableLength > MOST_UNDER_WAY) {
      this.left++;
      return;
    }
    const at = Math.max(0, arrivedAt - this.#start);
    this.recorded++;
    this.#output.write(`${JSON.stringify({ at: toMicroseconds(at), duration: toMicroseconds(duration), pool })}\n`);
  }
}

/** No clock is more exact, and the digits beyond would be most of the file. */
function toMicroseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
