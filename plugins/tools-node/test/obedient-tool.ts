import { threadId } from "node:worker_threads";
import type { ToolFunctionContext, WarmUpContext } from "../src/tool-module.ts";

export const description = "Does what it is told.";
export const inputSchema = { type: "object", required: ["do"], properties: { do: { type: "string" } } };
export const outputSchema = {};

let loads = 0;

export function load(): void {
  loads++;
}

let warm = 0;

export const warmUps = {
  load_model(): void {
    warm++;
  },
  async establish_connections({ signal }: WarmUpContext): Promise<void> {
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  },
  initialize_tokenizer(): void {
    throw new RangeError("no vocabulary");
  },
};

export interface Order {
  readonly do:
    | "echo"
    | "count_loads"
    | "count_warm_ups"
    | "throw"
    | "throw_later"
    | "exit"
    | "wait"
    | "ignore_signal"
    | "compute"
    | "buffer"
    | "length"
    | "closure"
    | "hoard"
    | "report"
    | "thread";
  readonly buffer?: ArrayBuffer;
}

export default async function obey(order: Order, { signal, transfer, report }: ToolFunctionContext): Promise<unknown> {
  switch (order.do) {
    case "echo":
      return order;
    case "count_loads":
      return loads;
    case "throw":
      throw Object.assign(new RangeError("out of cheese"), { code: "E_CHEESE" });
    case "count_warm_ups":
      return warm;
    case "throw_later":
      await new Promise((resolve) => setImmediate(resolve));
      throw Object.assign(new RangeError("out of crackers"), { code: "E_CRACKERS" });
    case "exit":
      return process.exit(7);
    case "wait":
      return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    case "ignore_signal":
      return await new Promise(() => undefined);
    case "compute":
      for (;;);
    case "buffer": {
      const buffer = new ArrayBuffer(8);
      transfer(buffer);
      return buffer;
    }
    case "length":
      return order.buffer?.byteLength;
    case "hoard": {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(1000).fill(hoard.length));
    }
    case "report":
      report({ progress: 1, total: 2, message: "half" });
      await new Promise((resolve) => setImmediate(resolve));
      report({ progress: 2 });
      return "reported";
    case "closure":
      return () => undefined;
    case "thread":
      return threadId;
  }
}

/** A second tool of this module, under a name. */
export function shout(input: { readonly text: string }): string {
  return input.text.toUpperCase();
}
