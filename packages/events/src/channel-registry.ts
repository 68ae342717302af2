import type { Channel } from "./channel.ts";
import { eventErrors } from "./errors.ts";
import type { ChannelOptions } from "./generated/options.ts";
import { URGENCY } from "./priority.ts";

/** The channels of a bus, by name and by urgency. */
export class ChannelRegistry {
  readonly #byName = new Map<string, Channel>();
  #byUrgency: readonly Channel[] = [];

  /** As declared. */
  get all(): readonly Channel[] {
    return [...this.#byName.values()];
  }

  /** In the order in which a flush serves them: by priority, then as declared. */
  get byUrgency(): readonly Channel[] {
    return this.#byUrgency;
  }

  /** Lets every channel hand out what waits, the most urgent first. */
  pump(): void {
    for (const channel of this.#byUrgency) channel.pump();
  }

  /** The same for those channels that asked for it. */
  pumpPrompt(): void {
    for (const channel of this.#byUrgency) if (channel.wantsPromptFlush) channel.pump();
  }

  /** @throws LLMSPELL_E_CHANNEL_UNKNOWN */
  get(name: string): Channel {
    const channel = this.#byName.get(name);
    if (channel !== undefined) return channel;
    throw eventErrors.LLMSPELL_E_CHANNEL_UNKNOWN({ channel: name, known: [...this.#byName.keys()] });
  }

  /**
   * Adds channels: all of them, or none when one cannot be.
   *
   * @throws LLMSPELL_E_CHANNEL_EXISTS, LLMSPELL_E_CHANNEL_UNKNOWN for dead letters, and what `create` throws
   */
  add(
    declared: Readonly<Record<string, ChannelOptions>>,
    create: (name: string, options: ChannelOptions) => Channel,
  ): void {
    const known = new Set([...this.#byName.keys(), ...Object.keys(declared)]);
    for (const [name, { deadLetter }] of Object.entries(declared)) {
      if (this.#byName.has(name)) throw eventErrors.LLMSPELL_E_CHANNEL_EXISTS({ channel: name });
      if (deadLetter === undefined || known.has(deadLetter)) continue;
      throw eventErrors.LLMSPELL_E_CHANNEL_UNKNOWN({ channel: deadLetter, known: [...known] });
    }
    const created = Object.entries(declared).map(([name, options]) => create(name, options));
    for (const channel of created) this.#byName.set(channel.name, channel);
    this.#byUrgency = [...this.#byName.values()].sort((a, b) => URGENCY[a.priority] - URGENCY[b.priority]);
  }
}
