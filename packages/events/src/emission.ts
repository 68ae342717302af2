import type { EventInput } from "./bus-event.ts";
import type { Channel } from "./channel.ts";
import {
  type EmitOutcome,
  type EmitResult,
  emitOutcomeOf,
  NO_SUBSCRIBERS,
  type Refusal,
  UNROUTED,
} from "./emit-result.ts";
import type { EmittedEvent } from "./emitted-event.ts";
import { eventErrors } from "./errors.ts";
import { type EventStamp, isBare } from "./event-stamp.ts";
import type { Lane } from "./lane.ts";
import type { PayloadSchemas } from "./payload-schemas.ts";
import type { Plan, RoutingTable, Target } from "./routing-table.ts";

/** How long an emitter waits. */
export interface EmitOptions {
  /** Ends waits for room, for a turn and for handling: the event is `rejected`, `rate_limited` or `queued`, then. */
  readonly signal?: AbortSignal | undefined;
}

export interface EnqueueOptions extends EmitOptions {
  /**
   * Channels whose room is not waited for: where one is full, it refuses the event. A handler names the channels that it
   * listens to, whose room it would have to make itself.
   */
  readonly unawaited?: readonly string[] | undefined;
}

/** For channels that nobody waits for. */
export const NO_WAIT = AbortSignal.abort("the channel takes no event now, and is not waited for");

/** Brings each emitted event to the channels that its routes name, and counts what became of it as a whole. */
export class Emission {
  routed = 0;
  unrouted = 0;
  noSubscribers = 0;
  refused = 0;
  /** Calls of `submit` that are under way. */
  emitting = 0;
  readonly #stamp: EventStamp;
  readonly #table: RoutingTable<Channel>;
  readonly #payloads: PayloadSchemas | undefined;
  /** The type that was published last, and its plan. */
  #lastType = "";
  #lastPlan: Plan<Channel>;

  constructor(stamp: EventStamp, table: RoutingTable<Channel>, payloads: PayloadSchemas | undefined) {
    this.#payloads = payloads;
    this.#stamp = stamp;
    this.#table = table;
    this.#lastPlan = table.emptyPlan;
  }

  get emitted(): number {
    return this.#stamp.count;
  }

  /** The way of most events: a type and data, one channel, nothing to wait for. Allocates the event and nothing else. */
  publish(type: string, data: unknown): number {
    if (this.#payloads !== undefined) this.#payloads.check(type, data);
    // Emitters often emit the same type again and again: comparing it costs less than looking it up.
    const plan = type === this.#lastType ? this.#lastPlan : this.#lookUp(type);
    const { lane } = plan;
    if (lane !== undefined && lane.credit > 0) return this.#publishOnLane(lane, type, data);
    return plan.only === undefined ? this.#publishElsewhere(plan, type, data) : this.#publishTo(plan.only, type, data);
  }

  /** To be called when routes have come or gone. */
  forgetPlan(): void {
    this.#lastType = "";
    this.#lastPlan = this.#table.emptyPlan;
  }

  #lookUp(type: string): Plan<Channel> {
    if (typeof type !== "string" || type === "") throw eventErrors.LLMSPELL_E_EVENT_TYPE({ type });
    const plan = this.#table.planOf(type);
    // A route that could not answer is asked again.
    if (!plan.isComplete) return plan;
    this.#lastType = type;
    this.#lastPlan = plan;
    return plan;
  }

  #publishOnLane(lane: Lane, type: string, data: unknown): number {
    const event = this.#stamp.stampAt(type, data, lane.moment);
    // It counts as routed by having entered the lane.
    lane.pass(event);
    return event.sequence;
  }

  #publishTo(only: Target<Channel>, type: string, data: unknown): number {
    const event = this.#stamp.stampBare(type, data);
    // Counted as under way, so that the sums hold also for a handler that looks at them.
    this.emitting++;
    const refusal = only.channel.offerInRow(event, only.priority);
    this.emitting--;
    if (refusal !== undefined) return this.#refuse(refusal);
    this.routed++;
    return event.sequence;
  }

  #publishElsewhere(plan: Plan<Channel>, type: string, data: unknown): number {
    return plan.isEmpty ? this.#refuseUnrouted(type) : this.#offerToAll(this.#stamp.stampBare(type, data), plan);
  }

  publishInput(input: EventInput): number {
    if (isBare(input)) return this.publish(input.type, input.data);
    this.#payloads?.check(input.type, input.data);
    const event = this.#stamp.stamp(input);
    return this.#offerToAll(event, this.#table.planOf(event.type));
  }

  async submit(input: EventInput, { signal, unawaited }: EnqueueOptions, awaitsHandling: boolean): Promise<EmitResult> {
    this.#payloads?.check(input.type, input.data);
    const event = this.#stamp.stamp(input);
    const targets = this.#table.targetsOf(event, this.#table.planOf(event.type));
    this.emitting++;
    try {
      const submitTo = ({ channel, priority }: Target<Channel>) =>
        channel.submit(event, priority, unawaited?.includes(channel.name) ? NO_WAIT : signal, awaitsHandling);
      const [only] = targets;
      // One channel is the rule; it costs no further promise when there is nothing to wait for.
      const first = only !== undefined && targets.length === 1 ? submitTo(only) : undefined;
      const routes =
        first === undefined
          ? await Promise.all(targets.map(submitTo))
          : [first instanceof Promise ? await first : first];
      const outcome = emitOutcomeOf(routes);
      this.#count(outcome);
      return { sequence: event.sequence, outcome, routes };
    } finally {
      this.emitting--;
    }
  }

  #offerToAll(event: EmittedEvent, plan: Plan<Channel>): number {
    const targets = this.#table.targetsOf(event, plan);
    this.emitting++;
    let accepted = false;
    let reason: typeof UNROUTED | Refusal = UNROUTED;
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index];
      const refusal = target?.channel.offer(event, target.priority);
      if (refusal === undefined) accepted = true;
      else if (reason === UNROUTED || reason === NO_SUBSCRIBERS) reason = refusal;
    }
    this.emitting--;
    if (!accepted) return this.#refuse(reason);
    this.routed++;
    return event.sequence;
  }

  #refuseUnrouted(type: string): number {
    if (typeof type !== "string" || type === "") throw eventErrors.LLMSPELL_E_EVENT_TYPE({ type });
    this.#stamp.countUnseen();
    return this.#refuse(UNROUTED);
  }

  #refuse(reason: typeof UNROUTED | Refusal): number {
    if (reason === UNROUTED) this.unrouted++;
    else if (reason === NO_SUBSCRIBERS) this.noSubscribers++;
    else this.refused++;
    return reason;
  }

  #count(outcome: EmitOutcome): void {
    if (outcome === "routed") this.routed++;
    else if (outcome === "unrouted") this.unrouted++;
    else if (outcome === "no_subscribers") this.noSubscribers++;
    else this.refused++;
  }
}
