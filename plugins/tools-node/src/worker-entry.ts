// The first module of every worker thread of the tool kind `worker`. It imports nothing but its neighbours, so that a thread
// starts fast and needs no condition or loader of its own.
import { workerData } from "node:worker_threads";
import { importTool } from "./tool-module.ts";
import { carry, type FromWorker, type ToWorker, type WorkerStart } from "./worker-messages.ts";
import { WorkerServer } from "./worker-server.ts";

const { port, module, exportName }: WorkerStart = workerData;
const tell = (message: FromWorker) => port.postMessage(message);
try {
  const tool = await importTool(module, exportName);
  await tool.load();
  const server = new WorkerServer(port, tool);
  port.on("message", (messages: readonly ToWorker[]) => server.receive(messages));
  const { description, inputSchema, outputSchema, warmUps } = tool;
  tell({ type: "ready", description: { description, inputSchema, outputSchema }, warmUps: Object.keys(warmUps) });
} catch (error) {
  tell({ type: "unusable", error: carry(error) });
}
