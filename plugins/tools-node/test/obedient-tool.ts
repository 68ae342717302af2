import { threadId } from "node:worker_threads";
import type { ToolFunctionContext } from "../src/tool-module.ts";

export const description = "Does what it is told.";
export const inputSchema = { type: "object", required: ["do"], properties: { do: { type: "string" } } };
export const outputSchema = {};

let loads = 0;

export function load(): void {
  loads++;
}

export interface Order {
  readonly do: "echo" | "count_loads" | "throw" | "exit" | "wait" | "compute" | "buffer" | "closure" | "thread";
}

export default async function obey(order: Order, { signal, transfer }: ToolFunctionContext): Promise<unknown> {
  switch (order.do) {
    case "echo":
      return order;
    case "count_loads":
      return loads;
    case "throw":
      throw Object.assign(new RangeError("out of cheese"), { code: "E_CHEESE" });
    case "exit":
      return process.exit(7);
    case "wait":
      return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    case "compute":
      for (;;);
    case "buffer": {
      const buffer = new ArrayBuffer(8);
      transfer(buffer);
      return buffer;
    }
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
