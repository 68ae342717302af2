import { type Clock, type Log, messageOf, parseDuration, silentLog, systemClock, untilAborted } from "@llmspell/base";
import type { JsonSchema, Tool, ToolContext, ToolInstance } from "@llmspell/tools";
import { type SearchResults, searchInputSchema, searchOutputSchema, searchRequestOf } from "@llmspell/tools/search";
import { searchToolErrors } from "./errors.ts";
import { FolderIndex } from "./folder-index.ts";
import { type LocalSearchOptions, localSearchOptionsDefaults } from "./generated/options.ts";

/** What `LocalSearch` takes from outside. */
export interface LocalSearchDependencies {
  /** By which the time between two looks is measured; the system's unless given. */
  readonly clock?: Clock | undefined;
  /** Where it says what it skips; nowhere unless given. */
  readonly log?: Log | undefined;
}

/**
 * Searches the files of a folder. All instances share one index, which `prepare` builds. It is brought up to date by the
 * first call after `refreshInterval`, which waits for that, and by each check.
 */
export class LocalSearch implements Tool, AsyncDisposable {
  readonly description: string =
    "Searches the files of a folder. Gives passages with the file and line where they stand, the best first.";
  readonly inputSchema: JsonSchema = searchInputSchema;
  readonly outputSchema: JsonSchema = searchOutputSchema;
  readonly #folder: string;
  readonly #maxResults: number;
  readonly #refreshInterval: number;
  readonly #index: FolderIndex;
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  /** When the last look began that succeeded; milliseconds since the Unix epoch. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_BYTES */
  constructor(options: LocalSearchOptions, { clock = systemClock, log = silentLog }: LocalSearchDependencies = {}) {
    const settings = { ...localSearchOptionsDefaults, ...options };
    this.#folder = settings.folder;
    this.#maxResults = settings.maxResults;
    this.#refreshInterval = parseDuration(settings.refreshInterval);
    this.#index = new FolderIndex(settings, log);
    this.#clock = clock;
  }

  /** @throws LLMSPELL_E_TOOL_SEARCH_FOLDER */
  async prepare({ signal }: ToolContext): Promise<void> {
    await this.#refresh(signal);
  }

  /** @throws LLMSPELL_E_TOOL_SEARCH_FOLDER */
  async createInstance({ signal }: ToolContext): Promise<ToolInstance> {
    signal.throwIfAborted();
    if (this.#lookedAt === Number.NEGATIVE_INFINITY) await this.#refresh(signal);
    return {
      execute: (input, context) => this.#execute(input, context.signal),
      check: (signal) => this.#refresh(signal),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  /** What is in the index: `files`, `passages`, and files that were skipped, by reason. */
  figures(): Readonly<Record<string, number>> {
    return this.#index.figures();
  }

  /** Gives up a look that is under way, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new Error("The search was stopped."));
    await this.#looking?.catch(() => undefined);
  }

  async #execute(input: unknown, signal: AbortSignal): Promise<SearchResults> {
    const { query, maxResults = this.#maxResults } = searchRequestOf(input);
    const isStale = this.#clock.now() - this.#lookedAt >= this.#refreshInterval;
    // A look that is under way is waited for in any case: files that it reads again are not whole in the meantime.
    if (isStale || this.#looking !== undefined) await this.#refresh(signal);
    signal.throwIfAborted();
    return { results: this.#index.search(query, Math.min(maxResults, this.#maxResults)) };
  }

  /** Looks at the folder; who comes while that goes on waits for the same look. */
  async #refresh(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await untilAborted(this.#looking, signal);
  }

  async #look(): Promise<void> {
    const begin = this.#clock.now();
    try {
      await this.#index.refresh(this.#stopped.signal);
      this.#lookedAt = begin;
    } catch (cause) {
      const details = { folder: this.#folder, problem: messageOf(cause) };
      throw searchToolErrors.LLMSPELL_E_TOOL_SEARCH_FOLDER(details, { cause });
    }
  }
}
