// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration } from "@llmspell/base";

/**
 * A tool that is a function of a module, called in this thread.
 */
export interface FunctionToolOptions {
  /**
   * The module: a path, or a package specifier.
   */
  module: string;
  /**
   * The name under which the module exports the tool's function.
   */
  export?: string;
  /**
   * What the tool does, as a language model should read it. Default: the module's export `description`.
   */
  description?: string;
  /**
   * The JSON Schema of the tool's input. Default: the module's export `inputSchema`.
   */
  inputSchema?: {
    [k: string]: unknown;
  };
  /**
   * The JSON Schema of the tool's output. Default: the module's export `outputSchema`.
   */
  outputSchema?: {
    [k: string]: unknown;
  };
}

export const functionToolOptionsDefaults = {
  "export": "default"
} as const;

/**
 * A tool that is a function of a module, called in a worker thread of each instance.
 */
export interface WorkerToolOptions {
  /**
   * The module: a path, or a package specifier.
   */
  module: string;
  /**
   * The name under which the module exports the tool's function.
   */
  export?: string;
  /**
   * What the tool does, as a language model should read it. Default: the module's export `description`.
   */
  description?: string;
  /**
   * The JSON Schema of the tool's input. Default: the module's export `inputSchema`.
   */
  inputSchema?: {
    [k: string]: unknown;
  };
  /**
   * The JSON Schema of the tool's output. Default: the module's export `outputSchema`.
   */
  outputSchema?: {
    [k: string]: unknown;
  };
  /**
   * How long a call that was given up may take to end by itself; then its thread is terminated.
   */
  abortGrace?: Duration;
  /**
   * Limits of each thread; one that exceeds them ends. Default: Node's own.
   */
  resourceLimits?: {
    /**
     * The thread's heap for long-lived objects.
     */
    heap?: Bytes;
    /**
     * The thread's heap for recently created objects.
     */
    youngHeap?: Bytes;
    /**
     * The thread's stack.
     */
    stack?: Bytes;
  };
}

export const workerToolOptionsDefaults = {
  "export": "default",
  "abortGrace": "1s"
} as const;
