/** A JSON Schema as data: draft 2020-12 where `$schema` names it, draft-07 otherwise. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a model, or a person, is told about a tool. */
export interface ToolDescription {
  /** What it does and when to use it, as a language model should read it. */
  readonly description: string;
  /** What `execute` takes. A language model needs an object here. */
  readonly inputSchema: JsonSchema;
  /** What `execute` gives; unchecked when absent. */
  readonly outputSchema?: JsonSchema | undefined;
}

/**
 * Something that pipelines and agents can call, and the maker of the instances that do the work.
 *
 * A pool owns its tool: it awaits `prepare` first, then creates instances as it needs them, and disposes the tool after the
 * last one is gone.
 */
export interface Tool extends ToolDescription, Partial<AsyncDisposable> {
  /**
   * Learns what the description says, where that takes time: imports a module, asks a server. The pool calls it once,
   * and again only when it failed; nothing else of the tool is used before.
   */
  prepare?(context: ToolContext): Promise<void>;
  /** Makes an instance that can serve at once: connected, loaded. */
  createInstance(context: ToolContext): Promise<ToolInstance>;
}

/** What a tool is given with each thing it is asked to do. */
export interface ToolContext {
  /** Aborts when the result is no longer wanted: the caller gave up, the time is over, or the pool stops. */
  readonly signal: AbortSignal;
  /** Told how far a call has come, by tools that know; absent where nobody listens. */
  readonly onProgress?: ((progress: ToolProgress) => void) | undefined;
}

/** How far a call has come. */
export interface ToolProgress {
  /** What is done, in a unit of the tool's own; it only grows. */
  readonly progress: number;
  /** What there is to do, in the same unit, where it is known. */
  readonly total?: number | undefined;
  /** What is being done now, for a person. */
  readonly message?: string | undefined;
}

/** One running copy of a tool: a function, a thread, a process, a connection. */
export interface ToolInstance extends AsyncDisposable {
  /** True once it can serve no further call (its thread or process has ended): the pool then replaces it. */
  readonly isBroken?: boolean;
  /**
   * Serves one call. A pool with `concurrency` above 1 makes several at once.
   *
   * @param context its signal aborts when the caller gives up or the time is over; the instance stays taken until the
   * promise settles
   */
  execute(input: unknown, context: ToolContext): Promise<unknown>;
  /** Throws when the instance is not fit to serve; it is then retired. */
  check?(signal: AbortSignal): Promise<void>;
  /**
   * What it can do ahead of its first call, by the name of the warm-up that asks for it: `establish_connections`,
   * `load_model`. Each throws when it fails.
   */
  readonly warmUps?: Readonly<Record<string, (context: ToolContext) => Promise<void>>>;
  /** How much memory it holds now, in bytes, where that can be measured: its process, its thread's heap. */
  memory?(signal: AbortSignal): Promise<number>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    tool: Tool;
  }
}
