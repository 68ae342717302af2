// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration } from "@llmspell/base";

/**
 * A tool that is a program of its own: it reads JSON-RPC 2.0 requests on standard input and answers on standard output.
 */
export interface ProcessToolOptions {
  /**
   * The program: a name that is looked up on PATH, or a path, relative to `cwd`. No shell reads it.
   */
  command: string;
  /**
   * What the program is started with, each as it is. Default: nothing.
   */
  args?: string[];
  /**
   * Environment variables. The program sees these, and of ours only the harmless ones that programs need (PATH, HOME, LANG, TMPDIR and the like): no keys or passwords.
   */
  env?: {
    [k: string]: string;
  };
  /**
   * The program's working directory, relative to the configuration. Default: that of llmspell.
   */
  cwd?: string;
  /**
   * How messages are told apart: `lines`, each is one line of JSON; `headers`, each has a Content-Length before it, as language servers write it.
   */
  framing?: "lines" | "headers";
  /**
   * The request that is a call; its params are the tool's input, its result the output.
   */
  method?: string;
  /**
   * A request that a new process and each health check must answer without an error. When left out, a process is fit while it runs.
   */
  healthMethod?: string;
  /**
   * What the tool does, as a language model should read it. When this or `inputSchema` is left out, the program is asked by the request `describe`.
   */
  description?: string;
  /**
   * The JSON Schema of the tool's input. Default: what the program answers to `describe`.
   */
  inputSchema?: {
    [k: string]: unknown;
  };
  /**
   * The JSON Schema of the tool's output. Default: what the program answers to `describe`, if it is asked.
   */
  outputSchema?: {
    [k: string]: unknown;
  };
  /**
   * Requests that the program answers ahead of its first call, by the names of the warm-ups that ask for them: `load_model`. Default: what it answers to `describe`, if it is asked.
   */
  warmUps?: string[];
  /**
   * How long a call that was given up may take to end by itself; then its process is ended.
   */
  abortGrace?: Duration;
  /**
   * How long a process that is asked to end (its input closes, SIGTERM to its group) may take; then its whole group is killed.
   */
  killGrace?: Duration;
  /**
   * The longest message that the program may write; one that writes more is ended.
   */
  maxMessageSize?: Bytes;
}

export const processToolOptionsDefaults = {
  "framing": "lines",
  "method": "execute",
  "abortGrace": "1s",
  "killGrace": "2s",
  "maxMessageSize": "16MiB"
} as const;
