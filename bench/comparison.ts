/** One figure of ours beside a peer's, both measured in the same run. */
export interface Comparison {
  /** What is measured, as a reader would say it. */
  readonly name: string;
  readonly unit: "ms" | "ns" | "per second" | "MiB" | "%" | "priority a run";
  readonly peerName: string;
  /** One pass of ours in this process, which is a fresh one: the figure in `unit`. */
  ours(): number | Promise<number>;
  /** One pass of the peer, in a fresh process of its own. */
  peer(): number | Promise<number>;
  readonly goal: Goal;
}

/** What our figure should reach. */
export interface Goal {
  /** As printed: `<= 3 x peer + 250 ms`. */
  readonly text: string;
  isMet(ours: number, peer: number): boolean;
}

/** What `npm run bench -- --json` prints, one a comparison; `ratio` is ours ÷ peer, both medians. */
export interface BenchResult {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly unit: Comparison["unit"];
  readonly ratio: number;
  readonly goal: string;
  readonly ok: boolean;
}
