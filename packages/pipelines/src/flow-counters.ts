import { LatencyHistogram } from "@llmspell/resilience";
import type { FlowStats } from "./stats.ts";

/** How one piece of work ended. */
export type FlowEnd = "out" | "shed" | "failed";

/** Counts the work of one part. Every `begin` is followed by one `end`. */
export class FlowCounters {
  in = 0;
  out = 0;
  shed = 0;
  failed = 0;
  pending = 0;
  readonly duration = new LatencyHistogram();

  begin(): void {
    this.in++;
    this.pending++;
  }

  /** @param duration milliseconds; not recorded when `undefined` */
  end(how: FlowEnd, duration?: number): void {
    this.pending--;
    this[how]++;
    if (duration !== undefined) this.duration.record(duration);
  }

  flow(): FlowStats {
    const { out, shed, failed, pending } = this;
    return { in: this.in, out, shed, failed, pending };
  }
}
