import type { MessagePort } from "node:worker_threads";
import type { ToolProgress } from "@llmspell/tools";
import type { ModuleDescription } from "./tool-module.ts";

/** What a worker thread is started for. */
export interface WorkerTask {
  /** The module's URL. */
  readonly module: string;
  readonly exportName: string;
}

/** What a worker thread is given when it starts. */
export interface WorkerStart extends WorkerTask {
  /** The thread's end of the line to the pool: lists of `ToWorker` come, single `FromWorker` go. */
  readonly port: MessagePort;
}

/** What goes with a message without being copied. */
export type Transfers = readonly ArrayBuffer[];

export const NOTHING_TO_TRANSFER: Transfers = [];

/** What the pool's thread tells a worker. */
export type ToWorker =
  | { readonly type: "call"; readonly id: number; readonly input: unknown; readonly isProgressWanted: boolean }
  | { readonly type: "warm_up"; readonly id: number; readonly name: string }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "ping"; readonly id: number };

/** An error on its way between threads: cloning alone would lose its code. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

/** What a worker tells the pool's thread. `id` is that of the call. */
export type FromWorker =
  | { readonly type: "ready"; readonly description: ModuleDescription; readonly warmUps: readonly string[] }
  | { readonly type: "unusable"; readonly error: CarriedError }
  | { readonly type: "done"; readonly id: number; readonly output: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: CarriedError }
  | { readonly type: "progress"; readonly id: number; readonly progress: ToolProgress };

export function carry(thrown: unknown): CarriedError {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown), stack: undefined, code: undefined };
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
  return { name: thrown.name, message: thrown.message, stack: thrown.stack, code };
}

/** The error that a worker carried over, with its name, code and stack. */
export function revive({ name, message, stack, code }: CarriedError): Error {
  const error = new Error(message);
  Object.assign(error, { name, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) });
  return error;
}
