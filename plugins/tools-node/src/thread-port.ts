import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type FromWorker, NOTHING_TO_TRANSFER, type ToWorker, type Transfers } from "./worker-messages.ts";

/** Messages taken at one go, at most: as many as Node itself takes before it looks at other work. */
const MOST_AT_ONCE = 1000;

export interface ThreadPortOptions {
  receive(message: FromWorker): void;
  /** A message could not be sent: it holds what cannot go to another thread. */
  onRefused(message: ToWorker, error: unknown): void;
  /** A message came that cannot be read. */
  onUnreadable(error: unknown): void;
}

/**
 * The pool's end of the line to one thread.
 *
 * Fast path: to wake a thread costs more than to serve a small call. What is posted in one turn of the event loop therefore goes as one
 * message, and what has come is taken all at once, so that the calls it leads to are posted in one turn (see
 * `npm run bench -- tools-worker`).
 */
export class ThreadPort {
  readonly #port: MessagePort;
  readonly #options: ThreadPortOptions;
  #outbox: ToWorker[] = [];
  /** What goes with each message of the outbox, by index; empty where none has anything. */
  #transfers: Transfers[] = [];

  constructor(port: MessagePort, options: ThreadPortOptions) {
    this.#port = port;
    this.#options = options;
    port.on("message", (message: FromWorker) => {
      options.receive(message);
      this.receiveAll();
    });
    port.on("messageerror", (error) => options.onUnreadable(error));
  }

  /** Sends a message when what runs now, and all the promises it settles, are done. */
  post(message: ToWorker, transfers = NOTHING_TO_TRANSFER): void {
    if (this.#outbox.length === 0) queueMicrotask(this.#flushAfterMicrotasks);
    if (transfers.length > 0) this.#transfers[this.#outbox.length] = transfers;
    this.#outbox.push(message);
  }

  /** Takes what has come, without a turn of the event loop for each message. */
  receiveAll(): void {
    try {
      for (let count = 0; count < MOST_AT_ONCE; count++) {
        const received = receiveMessageOnPort(this.#port);
        if (received === undefined) return;
        this.#options.receive(received.message);
      }
    } catch (error) {
      this.#options.onUnreadable(error);
    }
  }

  close(): void {
    this.#port.close();
  }

  /** A tick that is asked for by a microtask comes when the microtasks are done. */
  readonly #flushAfterMicrotasks = () => process.nextTick(this.#flush);

  readonly #flush = () => {
    const outbox = this.#outbox;
    const transfers = this.#transfers;
    this.#outbox = [];
    if (transfers.length > 0) this.#transfers = [];
    try {
      // An empty list is read through its iterator, which takes as long as the rest.
      if (transfers.length === 0) this.#port.postMessage(outbox);
      else this.#port.postMessage(outbox, transfers.flat());
    } catch {
      this.#sendEach(outbox, transfers);
    }
  };

  /** One of them cannot be sent, which must not keep the others. */
  #sendEach(messages: readonly ToWorker[], transfers: readonly Transfers[]): void {
    messages.forEach((message, index) => {
      try {
        this.#port.postMessage([message], transfers[index] ?? NOTHING_TO_TRANSFER);
      } catch (error) {
        this.#options.onRefused(message, error);
      }
    });
  }
}
