import type { Hook, HookContext } from "@llmspell/hooks";
import type { Create } from "@llmspell/kernel";

/** Counts the words of answers, in its own time. */
export class CollectMetrics implements Hook {
  #words = 0;

  async handle({ data, clock, signal }: HookContext): Promise<void> {
    await clock.sleep(20, signal);
    this.#words += String(data["text"]).split(" ").length;
  }

  figures() {
    return { words: this.#words };
  }
}

const create: Create<Hook> = () => new CollectMetrics();
export default create;
