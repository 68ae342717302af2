import type { Use } from "@llmspell/kernel";
import { type LoadBalancer, RoundRobin } from "@llmspell/resilience";
import { eventErrors } from "./errors.ts";
import { PatternRoute, StaticRoute } from "./event-routes.ts";
import type { FlowController } from "./flow-controller.ts";
import { MemoryQueue } from "./memory-queue.ts";
import type { Queue } from "./queue.ts";
import type { RouteMatcher } from "./route.ts";

// What a bus is built from when it is used without plugins: the implementations that this package has itself.

/** @throws LLMSPELL_E_EVENT_IMPLEMENTATION */
export function createDefaultBalancer(use: Use): LoadBalancer {
  if (nameOf(use) === "round_robin") return new RoundRobin();
  throw eventErrors.LLMSPELL_E_EVENT_IMPLEMENTATION({ kind: "load-balancer", use: nameOf(use) });
}

/** @throws LLMSPELL_E_EVENT_IMPLEMENTATION */
export function createDefaultQueue(use: Use): Queue {
  if (nameOf(use) === "memory") return new MemoryQueue();
  throw eventErrors.LLMSPELL_E_EVENT_IMPLEMENTATION({ kind: "queue", use: nameOf(use) });
}

/** @throws LLMSPELL_E_EVENT_IMPLEMENTATION */
export function createDefaultFlowController(use: Use): FlowController {
  throw eventErrors.LLMSPELL_E_EVENT_IMPLEMENTATION({ kind: "flow-controller", use: nameOf(use) });
}

/** @throws LLMSPELL_E_EVENT_IMPLEMENTATION, LLMSPELL_E_EVENT_PATTERN */
export function createDefaultRoute(use: Use): RouteMatcher {
  const options: Readonly<Record<string, unknown>> = typeof use === "string" ? {} : use;
  const { event, pattern } = options;
  if (nameOf(use) === "static" && typeof event === "string") return new StaticRoute(event);
  if (nameOf(use) === "pattern" && typeof pattern === "string") return new PatternRoute(pattern);
  throw eventErrors.LLMSPELL_E_EVENT_IMPLEMENTATION({ kind: "route", use: nameOf(use) });
}

function nameOf(use: Use): string {
  return typeof use === "string" ? use : use.use;
}
