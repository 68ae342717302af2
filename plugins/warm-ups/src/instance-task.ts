import type { ToolContext, ToolInstance, WarmUp } from "@llmspell/tools";
import { warmUpErrors } from "./errors.ts";
import type { InstanceTaskOptions } from "./generated/options.ts";

/**
 * Has an instance do what it offers under a name. `establish_connections`, `load_model` and `initialize_tokenizer` are this
 * with the names of their own.
 */
export class InstanceTask implements WarmUp {
  readonly #task: string;

  constructor({ task }: InstanceTaskOptions) {
    this.#task = task;
  }

  /** @throws LLMSPELL_E_WARM_UP_TASK when the instance does not offer the task; what the task throws */
  async run(instance: ToolInstance, context: ToolContext): Promise<void> {
    context.signal.throwIfAborted();
    const offered = instance.warmUps ?? {};
    const task = Object.hasOwn(offered, this.#task) ? offered[this.#task] : undefined;
    if (task === undefined) {
      throw warmUpErrors.LLMSPELL_E_WARM_UP_TASK({ task: this.#task, offered: Object.keys(offered) });
    }
    await task(context);
  }
}
