export {
  type BreakerPermit,
  type BreakerState,
  CircuitBreaker,
  type CircuitBreakerDependencies,
} from "./circuit-breaker.ts";
export type { EventFeed, ObservedEvent } from "./event-feed.ts";
export { Ewma, type EwmaDependencies, type EwmaOptions } from "./ewma.ts";
export {
  type CircuitBreakerOptions,
  circuitBreakerOptionsDefaults,
  type MemberEjectionOptions,
  memberEjectionOptionsDefaults,
} from "./generated/options.ts";
export { LatencyHistogram } from "./latency-histogram.ts";
export { LeastConnections } from "./least-connections.ts";
export type { BalancerDependencies, BalancerMember, LoadBalancer } from "./load-balancer.ts";
export { MemberEjection, type MemberEjectionDependencies } from "./member-ejection.ts";
export { MemberStates } from "./member-states.ts";
export { RetryPolicy, type RetrySettings } from "./retry-policy.ts";
export { RoundRobin } from "./round-robin.ts";
export { TokenBucket, type TokenBucketDependencies, type TokenBucketOptions } from "./token-bucket.ts";
