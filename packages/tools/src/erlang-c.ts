/** How a service is to be staffed. */
export interface Staffing {
  /** Calls under way in the mean, were there always a server free: arrivals × service time. From 0. */
  readonly load: number;
  /** How long a call runs, mean, in milliseconds. */
  readonly serviceTime: number;
  /** How long a caller may have to wait, in milliseconds. */
  readonly maxWait: number;
  /** The share of the callers who may have to wait longer; above 0. */
  readonly lateShare: number;
  /** Never more servers than these. */
  readonly limit: number;
}

/**
 * The fewest servers with which all but `lateShare` of the callers wait no longer than `maxWait`, at Poisson arrivals and
 * exponential service times.
 *
 * Source: A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in Automatic Telephone
 * Exchanges" (1917): the delay formula (Erlang C), computed from the loss formula (Erlang B) by its recursion over the servers.
 * For large loads it comes near the square-root rule, `load + β √load` (S. Halfin and W. Whitt, "Heavy-Traffic Limits for
 * Queues with Many Exponential Servers", Operations Research 29, 1981).
 */
export function serversFor({ load, serviceTime, maxWait, lateShare, limit }: Staffing): number {
  if (load <= 0) return 0;
  let lossShare = 1;
  for (let servers = 1; servers < limit; servers++) {
    lossShare = (load * lossShare) / (servers + load * lossShare);
    if (servers <= load) continue;
    const waitingShare = lossShare / (1 - (load / servers) * (1 - lossShare));
    if (waitingShare * Math.exp((-(servers - load) * maxWait) / serviceTime) <= lateShare) return servers;
  }
  return limit;
}
