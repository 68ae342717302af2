import type { MessagePort } from "node:worker_threads";
import { ThreadCall } from "./thread-call.ts";
import type { ImportedTool } from "./tool-module.ts";
import { carry, type FromWorker, type ToWorker, type Transfers } from "./worker-messages.ts";

/** Serves the calls of one thread, inside it. */
export class WorkerServer {
  readonly #port: MessagePort;
  readonly #tool: ImportedTool;
  /** What has come and was not obeyed yet, from `#taken` on. */
  readonly #inbox: ToWorker[] = [];
  #taken = 0;
  readonly #running = new Map<number, ThreadCall>();

  constructor(port: MessagePort, tool: ImportedTool) {
    this.#port = port;
    this.#tool = tool;
  }

  /**
   * Takes messages, in order. What one of them leads to (its promises, its answer) is done before the next one's turn, as if each
   * had come alone: a call that computes, or ends the thread, does not keep the answers of those before it.
   */
  receive(messages: readonly ToWorker[]): void {
    const isIdle = this.#inbox.length === 0;
    this.#inbox.push(...messages);
    if (isIdle) this.#obeyNext();
  }

  /** A tick that is asked for by a microtask comes when the microtasks are done. */
  readonly #obeyNextAfterMicrotasks = () => process.nextTick(this.#obeyNext);

  readonly #obeyNext = () => {
    const message = this.#inbox[this.#taken++];
    if (this.#taken >= this.#inbox.length) {
      this.#inbox.length = 0;
      this.#taken = 0;
    } else {
      queueMicrotask(this.#obeyNextAfterMicrotasks);
    }
    if (message !== undefined) this.#obey(message);
  };

  #obey(message: ToWorker): void {
    const { type, id } = message;
    if (type === "call") this.#call(id, message.input, message.isProgressWanted);
    else if (type === "warm_up") this.#warmUp(id, message.name);
    else if (type === "abort") this.#running.get(id)?.abort();
    else this.#send({ type: "done", id, output: undefined });
  }

  #call(id: number, input: unknown, isProgressWanted: boolean): void {
    const call = new ThreadCall(
      isProgressWanted ? (progress) => this.#send({ type: "progress", id, progress }) : undefined,
    );
    this.#serve(id, call, () => this.#tool.execute(input, call));
  }

  #warmUp(id: number, name: string): void {
    const call = new ThreadCall();
    this.#serve(id, call, async () => {
      await this.#tool.warmUps[name]?.({ signal: call.signal });
    });
  }

  #serve(id: number, call: ThreadCall, work: () => unknown): void {
    let output: unknown;
    try {
      output = work();
    } catch (error) {
      this.#fail(id, error);
      return;
    }
    // A function that has its output at once needs no promise, and nobody could abort it any more.
    if (!isPromise(output)) {
      this.#finish(id, output, call);
      return;
    }
    this.#running.set(id, call);
    Promise.resolve(output).then(
      (output) => this.#finish(id, output, call),
      (error: unknown) => this.#fail(id, error),
    );
  }

  #finish(id: number, output: unknown, { transfers }: ThreadCall): void {
    this.#running.delete(id);
    try {
      this.#send({ type: "done", id, output }, transfers);
    } catch (error) {
      // An output that cannot be cloned.
      this.#fail(id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    this.#running.delete(id);
    this.#send({ type: "failed", id, error: carry(error) });
  }

  #send(message: FromWorker, transfers?: Transfers): void {
    this.#port.postMessage(message, transfers);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
