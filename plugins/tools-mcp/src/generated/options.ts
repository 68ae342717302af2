// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

/**
 * A tool of a Model Context Protocol server, or all of its tools. Each instance is a connection of its own.
 */
export interface McpToolOptions {
  /**
   * The program that is the server, started once for each instance and spoken to over its standard input and output. Either this or `url`.
   */
  command?: string;
  /**
   * The program's arguments.
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
   * Where a running server is reached by streamable HTTP. Either this or `command`.
   */
  url?: string;
  /**
   * Headers of every request; secrets come from the environment: `${MCP_TOKEN}`.
   */
  headers?: {
    [k: string]: string;
  };
  /**
   * The server's name of the tool. Default: all of its tools; a call then says which, as `{ tool, arguments }`.
   */
  tool?: string;
  /**
   * Arguments of every call; those that a call brings win.
   */
  arguments?: {
    [k: string]: unknown;
  };
  /**
   * How long the program may take to end once its input is closed, and again after SIGTERM; then it is killed with what it started. At a `url`: how long ending the session may take.
   */
  stopGrace?: Duration;
}

export const mcpToolOptionsDefaults = {
  "stopGrace": "2s"
} as const;
