import { messageOf } from "@llmspell/base";
import type { ToolContext, ToolInstance, WarmUp } from "@llmspell/tools";
import { warmUpErrors } from "./errors.ts";
import { type CacheCommonQueriesOptions, cacheCommonQueriesOptionsDefaults } from "./generated/options.ts";
import { InstanceTask } from "./instance-task.ts";

/**
 * Makes the calls that are often made, and drops their outputs: worth it for a tool that keeps its answers, or whose first
 * answers to a kind of question are slow. The first query that fails ends it, after those under way have ended.
 */
export class CacheCommonQueries implements WarmUp {
  readonly #queries: readonly unknown[] | undefined;
  readonly #concurrency: number;
  readonly #own = new InstanceTask({ task: "cache_common_queries" });

  constructor({ queries, concurrency }: CacheCommonQueriesOptions = {}) {
    this.#queries = queries;
    this.#concurrency = concurrency ?? cacheCommonQueriesOptionsDefaults.concurrency;
  }

  /**
   * @throws LLMSPELL_E_WARM_UP_QUERY with what a query threw; LLMSPELL_E_WARM_UP_TASK when there are no queries and the
   * instance knows none; the signal's reason when it aborts
   */
  async run(instance: ToolInstance, context: ToolContext): Promise<void> {
    if (this.#queries === undefined) return await this.#own.run(instance, context);
    context.signal.throwIfAborted();
    await this.#ask(this.#queries, instance, context.signal);
  }

  async #ask(queries: readonly unknown[], instance: ToolInstance, aborted: AbortSignal): Promise<void> {
    const failing = new AbortController();
    const signal = AbortSignal.any([aborted, failing.signal]);
    let next = 0;
    const askInTurn = async () => {
      while (next < queries.length && !signal.aborted) {
        const query = next++;
        try {
          await instance.execute(queries[query], { signal });
        } catch (error) {
          const details = { query: query + 1, queries: queries.length, problem: messageOf(error) };
          failing.abort(warmUpErrors.LLMSPELL_E_WARM_UP_QUERY(details, { cause: error }));
        }
      }
    };
    // None rejects: each ends when its own call has, so that nothing runs on the instance when this is over.
    await Promise.all(Array.from({ length: Math.min(this.#concurrency, queries.length) }, askInTurn));
    signal.throwIfAborted();
  }
}
