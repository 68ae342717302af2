import type { Clock, Log, Random } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";
import type { LoadBalancer } from "@llmspell/resilience";
import type { FlowController } from "./flow-controller.ts";
import type { Queue } from "./queue.ts";
import type { RouteMatcher } from "./route.ts";

/** What the bus is built with; each has a default that needs no plugin. */
export interface EventBusDependencies {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
  /** The share of the heap that is in use, from 0 to 1, for `backpressure`; V8's when left out. */
  readonly heapUse?: (() => number) | undefined;
  /** Creates the balancer of a group of subscribers; knows `round_robin` when left out. */
  readonly createBalancer?: ((use: Use, owner: string) => LoadBalancer) | undefined;
  /** Creates the queue of a channel; knows `memory` when left out. */
  readonly createQueue?: ((use: Use, owner: string) => Queue) | undefined;
  /** Creates the flow controller of `backpressure`; knows none when left out. */
  readonly createFlowController?: ((use: Use, owner: string) => FlowController) | undefined;
  /** Creates a route of the section's list; knows `static` and `pattern` (without globs) when left out. */
  readonly createRoute?: ((use: Use, owner: string) => RouteMatcher) | undefined;
}
