// The first module of every worker thread of the tool kind `worker`. It imports nothing but its neighbours, so that a thread
// starts fast and needs no condition or loader of its own.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type ImportedTool, importTool } from "./tool-module.ts";
import { carry, type FromWorker, type ToWorker, type WorkerTask } from "./worker-messages.ts";

/** Serves the calls of one thread. */
class WorkerServer {
  readonly #port: MessagePort;
  readonly #tool: ImportedTool;
  readonly #running = new Map<number, AbortController>();

  constructor(port: MessagePort, tool: ImportedTool) {
    this.#port = port;
    this.#tool = tool;
  }

  receive(message: ToWorker): void {
    if (message.type === "call") void this.#serve(message.id, message.input);
    else if (message.type === "abort") this.#running.get(message.id)?.abort(new Error("The call was given up."));
    else this.#send({ type: "done", id: message.id, output: undefined });
  }

  async #serve(id: number, input: unknown): Promise<void> {
    const controller = new AbortController();
    const transfers: ArrayBuffer[] = [];
    this.#running.set(id, controller);
    try {
      const transfer = (...objects: readonly ArrayBuffer[]) => void transfers.push(...objects);
      const output = await this.#tool.execute(input, { signal: controller.signal, transfer });
      this.#send({ type: "done", id, output }, transfers);
    } catch (error) {
      this.#send({ type: "failed", id, error: carry(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #send(message: FromWorker, transfers: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfers);
  }
}

async function serve(port: MessagePort, { module, exportName }: WorkerTask): Promise<void> {
  const tell = (message: FromWorker) => port.postMessage(message);
  try {
    const tool = await importTool(module, exportName);
    await tool.load();
    const server = new WorkerServer(port, tool);
    port.on("message", (message: ToWorker) => server.receive(message));
    const { description, inputSchema, outputSchema } = tool;
    tell({ type: "ready", description: { description, inputSchema, outputSchema } });
  } catch (error) {
    tell({ type: "unusable", error: carry(error) });
  }
}

if (parentPort !== null) await serve(parentPort, workerData);
