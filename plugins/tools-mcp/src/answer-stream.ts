import type { RequestId } from "@modelcontextprotocol/sdk/types.js";

/** A server-sent event with an id: what follows it can be asked for again. */
const EVENT_ID = /^id:/m;

/** The body of a response that streams the answer of one request; passed on as it comes. */
export class AnswerStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Whether the server lets the rest be asked for when the stream breaks off. */
  isResumable = false;
  hasEnded = false;
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #onEnd: () => void;
  #hasBegun = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param onEnd called when the server ends the stream, or the connection breaks */
  constructor(source: ReadableStream<Uint8Array>, onEnd: () => void) {
    this.#source = source.getReader();
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: (controller) => this.#pass(controller),
      cancel: (reason) => this.#source.cancel(reason),
    });
  }

  /** Ends it from here, with an answer that nobody waits for: without one the transport would ask for the rest. */
  close(id: RequestId): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const answer = JSON.stringify({ jsonrpc: "2.0", id, result: {} });
    this.#controller?.enqueue(new TextEncoder().encode(`\n\ndata: ${answer}\n\n`));
    this.#controller?.close();
    this.#source.cancel().catch(() => undefined);
  }

  async #pass(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await this.#source.read();
      if (this.hasEnded) return;
      if (done) {
        this.#end();
        controller.close();
        return;
      }
      if (!this.#hasBegun) this.isResumable = EVENT_ID.test(new TextDecoder().decode(value));
      this.#hasBegun = true;
      controller.enqueue(value);
    } catch (error) {
      if (this.hasEnded) return;
      this.#end();
      controller.error(error);
    }
  }

  #end(): void {
    this.hasEnded = true;
    this.#onEnd();
  }
}
