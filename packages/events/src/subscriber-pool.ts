import type { LoadBalancer } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
import type { EventHandler, SubscribeOptions } from "./subscriber.ts";
import { type DeliveryContext, Member, type Outcome, SubscriberGroup } from "./subscriber-group.ts";

const DEFAULT_GROUP = "default";

/** The subscribers of one channel, in groups: every group gets every event, one member of it handles the event. */
export class SubscriberPool {
  readonly #channel: string;
  readonly #createBalancer: (group: string) => LoadBalancer;
  readonly #context: DeliveryContext;
  #groups: readonly SubscriberGroup[] = [];
  #added = 0;

  constructor(channel: string, createBalancer: (group: string) => LoadBalancer, context: DeliveryContext) {
    this.#channel = channel;
    this.#createBalancer = createBalancer;
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  get count(): number {
    return this.#groups.reduce((count, group) => count + group.members.length, 0);
  }

  get ejected(): number {
    return this.#groups.reduce((count, group) => count + group.ejected, 0);
  }

  /** Whether there are groups, and each can take an event. The slowest group therefore sets the pace. */
  get haveRoom(): boolean {
    for (const group of this.#groups) if (!group.hasRoom) return false;
    return this.#groups.length > 0;
  }

  /** @throws LLMSPELL_E_CHANNEL_SUBSCRIBER */
  add(handler: EventHandler, options: SubscribeOptions): Disposable {
    const groupName = options.group ?? DEFAULT_GROUP;
    const { weight = 1, concurrency = 1, id = `${groupName}-${++this.#added}` } = options;
    const found = this.#groups.find(({ name }) => name === groupName);
    this.#require("concurrency", concurrency, Number.isInteger(concurrency) && concurrency >= 1);
    this.#require("weight", weight, weight > 0 && Number.isFinite(weight));
    this.#require("id", id, found?.members.some((member) => member.id === id) !== true);
    const signals = [this.#context.signal, options.signal].filter((signal) => signal !== undefined);
    const member = new Member({ id, weight, concurrency }, handler, AbortSignal.any(signals));
    const group = found ?? new SubscriberGroup(groupName, this.#createBalancer(groupName), this.#context);
    group.add(member);
    if (found === undefined) this.#groups = [...this.#groups, group];
    return { [Symbol.dispose]: () => this.#remove(group, member) };
  }

  /**
   * Gives the event to one member of every group. Needs `haveRoom`.
   *
   * @returns `undefined` when all of them handled it, or a failure; a promise of that, which never rejects, when one takes
   * time
   */
  handle(event: BusEvent): Outcome | Promise<Outcome> {
    const groups = this.#groups;
    const [only] = groups;
    if (groups.length === 1 && only !== undefined) return only.handle(event);
    const outcomes = groups.map((group) => group.handle(event));
    return outcomes.every(hasEnded) ? worst(outcomes) : Promise.all(outcomes).then(worst);
  }

  #require(option: string, value: unknown, holds: boolean): void {
    if (!holds) throw eventErrors.LLMSPELL_E_CHANNEL_SUBSCRIBER({ channel: this.#channel, option, value });
  }

  #remove(group: SubscriberGroup, member: Member): void {
    group.remove(member);
    if (group.members.length === 0) this.#groups = this.#groups.filter((other) => other !== group);
  }
}

/** Of several groups' failures the one that decides: what was cut off comes again, for all groups. */
function worst(failures: readonly Outcome[]): Outcome {
  return failures.find((failure) => failure?.cutOff) ?? failures.find((failure) => failure !== undefined);
}

function hasEnded(outcome: Outcome | Promise<Outcome>): outcome is Outcome {
  return !(outcome instanceof Promise);
}
