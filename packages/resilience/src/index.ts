export type { BalancerDependencies, BalancerMember, LoadBalancer } from "./load-balancer.ts";
