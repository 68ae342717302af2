import { MemberEjection, RetryPolicy } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { ChannelContext } from "./channel-context.ts";
import { type ChannelOptions, retryOptionsDefaults } from "./generated/options.ts";
import { SubscriberPool } from "./subscriber-pool.ts";

/** A channel without `retries` tries each event once. */
const ONCE = { attempts: 1 };

/** What a channel's subscribers take from it beside its options. */
export interface ChannelSubscribersContext extends ChannelContext {
  /** The name of the channel. */
  readonly channel: string;
  /** What balancers take for the key of an event, where it is not the event's own. */
  readonly keyOf: ((event: BusEvent) => string | undefined) | undefined;
  countRetry(): void;
}

/**
 * Makes the place for a channel's subscribers, with balancers, retries and ejection as its options say.
 *
 * @throws LLMSPELL_E_DURATION
 */
export function createSubscribers(
  options: ChannelOptions & { readonly balancer: NonNullable<ChannelOptions["balancer"]> },
  context: ChannelSubscribersContext,
): SubscriberPool {
  const { balancer, ejection, retries } = options;
  const { channel, clock, coarseClock, log, random, signal, keyOf } = context;
  return new SubscriberPool(
    channel,
    (group) => context.createBalancer(balancer, `group ${group} of channel ${channel}`),
    {
      ...{ clock, coarseClock, log, signal, keyOf },
      retries: new RetryPolicy({ ...retryOptionsDefaults, ...(retries ?? ONCE) }, random),
      countRetry: () => context.countRetry(),
      createEjection: () => (ejection === undefined ? undefined : new MemberEjection(ejection, { clock })),
    },
  );
}
