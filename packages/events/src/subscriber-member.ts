import type { BalancerMember } from "@llmspell/resilience";
import type { EventHandler, HandlerContext } from "./subscriber.ts";

/** A subscriber as its group knows it. */
export class Member implements BalancerMember {
  readonly id: string;
  readonly weight: number;
  readonly concurrency: number;
  readonly handler: EventHandler;
  /** What the handler gets; its signal aborts when the bus stops, or the subscriber is cut off. */
  readonly context: HandlerContext;
  inFlight = 0;
  hasLeft = false;

  constructor(
    { id, weight, concurrency }: { readonly id: string; readonly weight: number; readonly concurrency: number },
    handler: EventHandler,
    signal: AbortSignal,
  ) {
    this.id = id;
    this.weight = weight;
    this.concurrency = concurrency;
    this.handler = handler;
    this.context = { signal };
  }

  get isFree(): boolean {
    return this.inFlight < this.concurrency;
  }
}
