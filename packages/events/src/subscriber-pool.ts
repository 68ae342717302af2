import type { BreakerPermit, LoadBalancer } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { DeliveryReceiver, Handled } from "./delivery.ts";
import type { DeliveryContext } from "./delivery-context.ts";
import { eventErrors } from "./errors.ts";
import { FanOut } from "./fan-out.ts";
import { isPromise } from "./flight.ts";
import type { EventHandler, HandlerContext, SubscribeOptions } from "./subscriber.ts";
import { SubscriberGroup } from "./subscriber-group.ts";
import { Member } from "./subscriber-member.ts";

const DEFAULT_GROUP = "default";

/** A group's only member. */
export interface Single {
  readonly group: SubscriberGroup;
  readonly member: Member;
  readonly handler: EventHandler;
  readonly context: HandlerContext;
}

/** The subscribers of one channel, in groups: every group gets every event, one member of it handles the event. */
export class SubscriberPool {
  /** Whether there are groups, and each can take an event. The slowest group therefore sets the pace. */
  haveRoom = false;
  readonly #channel: string;
  readonly #createBalancer: (group: string) => LoadBalancer;
  readonly #context: DeliveryContext;
  #groups: readonly SubscriberGroup[] = [];
  /** The member of each group, where every group has but one: then there is nothing to choose. */
  singles: readonly Single[] | undefined;
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
    const group = found ?? this.#createGroup(groupName);
    group.add(member);
    if (found === undefined) this.#groups = [...this.#groups, group];
    this.#arrange();
    return { [Symbol.dispose]: () => this.#remove(group, member) };
  }

  /**
   * Gives the event to one member of every group, of those that there are when it begins. Needs `haveRoom`. When a group
   * takes time, `receiver` is told of the end, and the answer is `PENDING`.
   */
  handle(event: BusEvent, permit: BreakerPermit | undefined, receiver: DeliveryReceiver): Handled {
    const singles = this.singles;
    if (singles === undefined) return this.#handleByGroups(event, permit, receiver);
    let index = 0;
    let running: unknown;
    // The way of most events: handlers are called one after the other, and nothing is made or counted for any of them.
    try {
      for (; index < singles.length; index++) {
        const single = singles[index] as Single;
        running = single.handler(event, single.context);
        if (running !== undefined && isPromise(running)) break;
      }
    } catch (error) {
      return this.adoptFailure(singles, index, error, event, permit, receiver);
    }
    if (index === singles.length) return undefined;
    return this.adopt(singles, index, running as PromiseLike<unknown>, event, permit, receiver);
  }

  /** Goes on with an event whose handler, the one at `index`, returned a promise. */
  adopt(
    singles: readonly Single[],
    index: number,
    running: PromiseLike<unknown>,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
  ): Handled {
    const { group, member } = singles[index] as Single;
    if (singles.length === 1) return group.adopt(running, member, event, permit, receiver);
    const fanOut = new FanOut(receiver);
    fanOut.add(group.adopt(running, member, event, permit, fanOut));
    for (let next = index + 1; next < singles.length; next++) {
      fanOut.add(singles[next]?.group.handle(event, permit, fanOut));
    }
    return fanOut.started();
  }

  /** Goes on with an event whose handler, the one at `index`, threw. */
  adoptFailure(
    singles: readonly Single[],
    index: number,
    error: unknown,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
  ): Handled {
    const { group, member } = singles[index] as Single;
    if (singles.length === 1) return group.adoptFailure(error, member, event, permit, receiver);
    const fanOut = new FanOut(receiver);
    fanOut.add(group.adoptFailure(error, member, event, permit, fanOut));
    for (let next = index + 1; next < singles.length; next++) {
      fanOut.add(singles[next]?.group.handle(event, permit, fanOut));
    }
    return fanOut.started();
  }

  #handleByGroups(event: BusEvent, permit: BreakerPermit | undefined, receiver: DeliveryReceiver): Handled {
    const groups = this.#groups;
    const [only] = groups;
    if (groups.length === 1 && only !== undefined) return only.handle(event, permit, receiver);
    const fanOut = new FanOut(receiver);
    for (const group of groups) fanOut.add(group.handle(event, permit, fanOut));
    return fanOut.started();
  }

  #createGroup(name: string): SubscriberGroup {
    return new SubscriberGroup(name, this.#createBalancer(name), this.#context, () => this.#roomChanged());
  }

  #require(option: string, value: unknown, holds: boolean): void {
    if (!holds) throw eventErrors.LLMSPELL_E_CHANNEL_SUBSCRIBER({ channel: this.#channel, option, value });
  }

  #remove(group: SubscriberGroup, member: Member): void {
    group.remove(member);
    if (group.members.length === 0) this.#groups = this.#groups.filter((other) => other !== group);
    this.#arrange();
  }

  #arrange(): void {
    const groups = this.#groups;
    const singles = groups.map(singleOf).filter((single) => single !== undefined);
    this.singles = singles.length === groups.length ? singles : undefined;
    this.#roomChanged();
  }

  #roomChanged(): void {
    const groups = this.#groups;
    let haveRoom = groups.length > 0;
    for (let index = 0; haveRoom && index < groups.length; index++) haveRoom = groups[index]?.hasRoom === true;
    this.haveRoom = haveRoom;
  }
}

function singleOf(group: SubscriberGroup): Single | undefined {
  const member = group.only;
  return member === undefined ? undefined : { group, member, handler: member.handler, context: member.context };
}
