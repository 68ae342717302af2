import { type Clock, isLlmspellError, messageOf } from "@llmspell/base";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import { LimitedCall } from "./limited-call.ts";
import type { Tool, ToolDescription, ToolInstance } from "./tool.ts";
import { ToolContract } from "./tool-contract.ts";

export interface PreparedToolOptions {
  readonly pool: string;
  readonly tool: Tool;
  /** Milliseconds. */
  readonly creationTimeout: number;
  readonly clock: Clock;
  readonly deadlines: DeadlineTimer;
  /** Aborts when the pool stops. */
  readonly signal: AbortSignal;
}

/** A pool's tool, prepared before anything else is asked of it. */
export class PreparedTool {
  readonly #options: PreparedToolOptions;
  #contract: ToolContract | undefined;
  #preparing: Promise<ToolContract> | undefined;

  /** @throws LLMSPELL_E_TOOL_SCHEMA when a schema that is known already does not compile */
  constructor(options: PreparedToolOptions) {
    this.#options = options;
    if (options.tool.prepare === undefined) this.#contract = new ToolContract(options.pool, options.tool);
  }

  /** The tool's schemas; `undefined` until it is prepared. */
  get contract(): ToolContract | undefined {
    return this.#contract;
  }

  /** @throws LLMSPELL_E_POOL_NOT_PREPARED until it is prepared */
  describe(): ToolDescription {
    const { pool, tool } = this.#options;
    if (this.#contract === undefined) throw toolErrors.LLMSPELL_E_POOL_NOT_PREPARED({ pool });
    return { description: tool.description, inputSchema: tool.inputSchema, outputSchema: tool.outputSchema };
  }

  /**
   * Prepares the tool, once; again only after a failure.
   *
   * @throws LLMSPELL_E_POOL_CREATION, LLMSPELL_E_TOOL_SCHEMA; LLMSPELL_E_POOL_CLOSED when the pool stops meanwhile
   */
  prepare(): Promise<ToolContract> {
    this.#preparing ??= this.#learn().catch((error: unknown) => {
      this.#preparing = undefined;
      throw this.creationError(error);
    });
    return this.#preparing;
  }

  async createInstance(signal: AbortSignal): Promise<ToolInstance> {
    await this.prepare();
    return await this.#options.tool.createInstance({ signal });
  }

  /** What a caller is told when the tool cannot be prepared or created. */
  creationError(error: unknown): Error {
    // Nothing failed: the pool stops, which all others are told too.
    if (isLlmspellError(error, "LLMSPELL_E_POOL_CLOSED") && error === this.#options.signal.reason) return error;
    if (isLlmspellError(error, "LLMSPELL_E_POOL_CREATION") || isLlmspellError(error, "LLMSPELL_E_TOOL_SCHEMA")) {
      return error;
    }
    const details = { pool: this.#options.pool, problem: messageOf(error) };
    return toolErrors.LLMSPELL_E_POOL_CREATION(details, { cause: error });
  }

  async #learn(): Promise<ToolContract> {
    if (this.#contract !== undefined) return this.#contract;
    const { pool, tool, creationTimeout, clock, deadlines, signal } = this.#options;
    const overdue = () => new Error(`The tool was not prepared within ${creationTimeout} ms.`);
    const limits = { deadlines, now: clock.now(), limit: creationTimeout, overdue, signal };
    await new LimitedCall(limits, async (signal) => tool.prepare?.({ signal })).outcome;
    this.#contract = new ToolContract(pool, tool);
    return this.#contract;
  }
}
