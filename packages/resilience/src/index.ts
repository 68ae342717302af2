export { LatencyHistogram } from "./latency-histogram.ts";
export type { BalancerDependencies, BalancerMember, LoadBalancer } from "./load-balancer.ts";
