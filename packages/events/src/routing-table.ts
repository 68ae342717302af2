import type { BusEvent } from "./bus-event.ts";
import { type Priority, URGENCY } from "./priority.ts";
import type { RouteMatcher } from "./route.ts";

/** Where an event goes: a channel, and how urgent it is there. */
export interface Target<Channel> {
  readonly channel: Channel;
  readonly priority: Priority;
}

/** A route as the table keeps it. */
export interface RouteEntry<Channel> extends Target<Channel> {
  readonly matcher: RouteMatcher;
}

/** What the routes say about one event type: where its events always go, and whom to ask for each event. */
interface Plan<Channel> {
  readonly targets: readonly Target<Channel>[];
  readonly conditional: readonly RouteEntry<Channel>[];
  /** Whether every route has answered about the type. */
  readonly isComplete: boolean;
}

/** How many types a generation of remembered plans holds; at most twice as many are kept. */
const GENERATION = 4096;

/**
 * Finds the channels of an event.
 *
 * What routes say about a type is worked out once and remembered; an event of a known type costs one lookup and its
 * conditions. Plans are kept in two generations: when the younger is full it becomes the older, and what was in the older
 * and not asked for since is forgotten. So types that nobody knows cannot fill the memory.
 */
export class RoutingTable<Channel> {
  readonly #failed: (entry: RouteEntry<Channel>, type: string, error: unknown) => void;
  /** The routes whose failure has been told. */
  readonly #known = new WeakSet<RouteEntry<Channel>>();
  readonly #byType = new Map<string, RouteEntry<Channel>[]>();
  #others: readonly RouteEntry<Channel>[] = [];
  #young = new Map<string, Plan<Channel>>();
  #old = new Map<string, Plan<Channel>>();
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
    const { type } = entry.matcher;
    if (type === undefined) this.#others = [...this.#others, entry];
    else this.#byType.set(type, [...(this.#byType.get(type) ?? []), entry]);
    this.#forgetPlans();
  }

  remove(entry: RouteEntry<Channel>): void {
    const { type } = entry.matcher;
    if (type === undefined) {
      this.#others = this.#others.filter((other) => other !== entry);
    } else {
      const rest = (this.#byType.get(type) ?? []).filter((other) => other !== entry);
      if (rest.length === 0) this.#byType.delete(type);
      else this.#byType.set(type, rest);
    }
    this.#forgetPlans();
  }

  /**
   * The channels of an event, each once, with the most urgent priority that a matching route gives. Allocates nothing
   * unless a conditional route is taken.
   */
  find(event: BusEvent): readonly Target<Channel>[] {
    const plan = this.#young.get(event.type) ?? this.#recall(event.type);
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
    const plan = this.#old.get(type) ?? this.#plan(type);
    // A route that threw may answer the next time.
    if (!plan.isComplete) return plan;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(type, plan);
    return plan;
  }

  #plan(type: string): Plan<Channel> {
    let targets: readonly Target<Channel>[] = [];
    const conditional: RouteEntry<Channel>[] = [];
    let isComplete = true;
    for (const entry of [...(this.#byType.get(type) ?? []), ...this.#others]) {
      const canMatch = this.#canMatch(entry, type);
      if (canMatch === undefined) isComplete = false;
      if (canMatch !== true) continue;
      if (entry.matcher.matches === undefined) targets = withTarget(targets, entry);
      else conditional.push(entry);
    }
    return { targets, conditional, isComplete };
  }

  #forgetPlans(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}

function withTarget<Channel>(
  targets: readonly Target<Channel>[],
  { channel, priority }: Target<Channel>,
): readonly Target<Channel>[] {
  const present = targets.findIndex((target) => target.channel === channel);
  const other = targets[present];
  if (other === undefined) return [...targets, { channel, priority }];
  return URGENCY[priority] < URGENCY[other.priority] ? targets.with(present, { channel, priority }) : targets;
}
