/** How long something took, over a part's whole life so far; milliseconds. */
export interface DurationSummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * The figures of one part of the running system at one moment: a channel, a hook point, a pool, an agent.
 * Counters only grow; `in` = `out` + `shed` + `failed` + what is still under way (`pending`).
 */
export interface Reading {
  /** What sort of part this is, singular, as a reader would say it: `channel`, `hook point`, `pool`, `agent`. */
  readonly part: string;
  readonly name: string;
  /** How many came in. */
  readonly in: number;
  /** How many were done. */
  readonly out: number;
  /** How many were refused, dropped or skipped on purpose. */
  readonly shed: number;
  readonly failed: number;
  /** How many are under way or waiting now. */
  readonly pending: number;
  readonly duration?: DurationSummary;
  /**
   * Further figures of this part, by name: `queueDepth`, `instances`, `tokens`. Two mean the same in every part:
   * `deadLettered`, how many of the failed were passed on to be looked at, and `kept`, how many of the pending are stored
   * where the next run finds them (a durable queue); the others are lost when the run ends.
   */
  readonly details?: Readonly<Record<string, number>>;
}
