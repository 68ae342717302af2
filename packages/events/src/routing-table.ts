import type { BusEvent } from "./bus-event.ts";
import type { Lane } from "./lane.ts";
import { type Priority, URGENCY } from "./priority.ts";
import type { RouteMatcher } from "./route.ts";
import { RouteIndex } from "./route-index.ts";

/** Where an event goes: a channel, and how urgent it is there. */
export interface Target<Channel> {
  readonly channel: Channel;
  readonly priority: Priority;
  /** The short way into the channel for events of that priority, where there is one. */
  readonly lane: Lane | undefined;
}

/** A route as the table keeps it. */
export interface RouteEntry<Channel> extends Target<Channel> {
  readonly matcher: RouteMatcher;
}

/** What the routes say about one event type: where its events always go, and whom to ask for each event. */
export interface Plan<Channel> {
  readonly targets: readonly Target<Channel>[];
  /** The one target of every event of the type, where there is but one and no condition: the way of most events. */
  readonly only: Target<Channel> | undefined;
  /** That of the one target: kept here too, since every event that is published asks for it. */
  readonly lane: Lane | undefined;
  /** Whether no route takes such an event, whatever is in it. */
  readonly isEmpty: boolean;
  readonly conditional: readonly RouteEntry<Channel>[];
  /** Whether every route has answered about the type; if not, it is not remembered. */
  readonly isComplete: boolean;
}

/** How many types a generation of remembered plans holds; at most twice as many are kept. */
const GENERATION = 4096;

/**
 * Finds the channels of an event.
 *
 * What routes say about a type is worked out once and remembered; an event of a known type costs one lookup and its
 * conditions. Plans are kept in two generations: when the younger is full it becomes the older, and what was in the older
 * and not asked for since is forgotten. So types that nobody knows cannot fill the memory; one that no route takes costs the
 * lookups of the index, and no plan of its own.
 */
export class RoutingTable<Channel> {
  readonly #failed: (entry: RouteEntry<Channel>, type: string, error: unknown) => void;
  /** The routes whose failure has been told. */
  readonly #known = new WeakSet<RouteEntry<Channel>>();
  readonly #index = new RouteIndex<RouteEntry<Channel>>();
  /** In which order routes came; their channels are named in that order. */
  readonly #order = new Map<RouteEntry<Channel>, number>();
  /** Of types that no route takes: one for all of them. */
  readonly emptyPlan: Plan<Channel> = {
    targets: [],
    only: undefined,
    lane: undefined,
    isEmpty: true,
    conditional: [],
    isComplete: true,
  };
  /** Of the type that is being planned; used again for the next one. */
  readonly #found: RouteEntry<Channel>[] = [];
  readonly #find = (entry: RouteEntry<Channel>): void => {
    this.#found.push(entry);
  };
  #young = new Map<string, Plan<Channel>>();
  #old = new Map<string, Plan<Channel>>();
  #added = 0;
  #predicateErrors = 0;

  /** @param failed told of the first time that a route throws, and the event's type */
  constructor(failed: (entry: RouteEntry<Channel>, type: string, error: unknown) => void) {
    this.#failed = failed;
  }

  /** How often a condition threw; such a route was not taken. */
  get predicateErrors(): number {
    return this.#predicateErrors;
  }

  /** How many plans are remembered. */
  get remembered(): number {
    return this.#young.size + this.#old.size;
  }

  add(entry: RouteEntry<Channel>): void {
    this.#order.set(entry, this.#added++);
    this.#index.add(entry);
    this.#forgetPlans();
  }

  remove(entry: RouteEntry<Channel>): void {
    if (!this.#order.delete(entry)) return;
    this.#index.remove(entry);
    this.#forgetPlans();
  }

  /** What the routes say about a type. */
  planOf(type: string): Plan<Channel> {
    return this.#young.get(type) ?? this.#recall(type);
  }

  /**
   * The channels of an event, each once, with the most urgent priority that a matching route gives. Allocates nothing
   * unless a conditional route is taken.
   */
  targetsOf(event: BusEvent, plan: Plan<Channel>): readonly Target<Channel>[] {
    let { targets } = plan;
    for (let index = 0; index < plan.conditional.length; index++) {
      const entry = plan.conditional[index];
      if (entry !== undefined && this.#isTaken(entry, event)) targets = withTarget(targets, entry);
    }
    return targets;
  }

  #isTaken(entry: RouteEntry<Channel>, event: BusEvent): boolean {
    try {
      return entry.matcher.matches?.(event) ?? true;
    } catch (error) {
      this.#countFailure(entry, event.type, error);
      return false;
    }
  }

  /** `undefined` when the route threw. */
  #canMatch(entry: RouteEntry<Channel>, type: string): boolean | undefined {
    try {
      return entry.matcher.matchesType?.(type) ?? true;
    } catch (error) {
      this.#countFailure(entry, type, error);
      return undefined;
    }
  }

  #countFailure(entry: RouteEntry<Channel>, type: string, error: unknown): void {
    this.#predicateErrors++;
    if (this.#known.has(entry)) return;
    this.#known.add(entry);
    this.#failed(entry, type, error);
  }

  #recall(type: string): Plan<Channel> {
    const old = this.#old.get(type);
    if (old !== undefined) return this.#remember(type, old);
    const candidates = this.#candidates(type);
    // Types that nobody knows end here, with a plan that they share.
    if (candidates.length === 0) return this.#remember(type, this.emptyPlan);
    const answers = candidates.map((entry) => this.#canMatch(entry, type));
    const plan = this.#planFor(candidates.filter((_entry, index) => answers[index]));
    // A route that threw may answer the next time.
    return answers.includes(undefined) ? { ...plan, isComplete: false } : this.#remember(type, plan);
  }

  #remember(type: string, plan: Plan<Channel>): Plan<Channel> {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(type, plan);
    return plan;
  }

  #candidates(type: string): readonly RouteEntry<Channel>[] {
    const found = this.#found;
    found.length = 0;
    this.#index.find(type, this.#find);
    const placeOf = (entry: RouteEntry<Channel>) => this.#order.get(entry) ?? 0;
    return found.length > 1 ? found.sort((one, other) => placeOf(one) - placeOf(other)) : found;
  }

  #planFor(entries: readonly RouteEntry<Channel>[]): Plan<Channel> {
    if (entries.length === 0) return this.emptyPlan;
    let targets: readonly Target<Channel>[] = [];
    for (const entry of entries) if (entry.matcher.matches === undefined) targets = withTarget(targets, entry);
    const conditional = entries.filter((entry) => entry.matcher.matches !== undefined);
    const only = targets.length === 1 && conditional.length === 0 ? targets[0] : undefined;
    return { targets, only, lane: only?.lane, isEmpty: false, conditional, isComplete: true };
  }

  #forgetPlans(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}

function withTarget<Channel>(
  targets: readonly Target<Channel>[],
  { channel, priority, lane }: Target<Channel>,
): readonly Target<Channel>[] {
  const present = targets.findIndex((target) => target.channel === channel);
  const other = targets[present];
  if (other === undefined) return [...targets, { channel, priority, lane }];
  return URGENCY[priority] < URGENCY[other.priority] ? targets.with(present, { channel, priority, lane }) : targets;
}
