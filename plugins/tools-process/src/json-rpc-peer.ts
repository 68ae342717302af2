import type { Log } from "@llmspell/base";
import type { ChildProcess } from "@llmspell/child-processes";
import type { ToolProgress } from "@llmspell/tools";
import {
  CancellationReceiverStrategy,
  CancellationSenderStrategy,
  CancellationTokenSource,
  type ConnectionOptions,
  createMessageConnection,
  type MessageConnection,
  ProgressType,
} from "vscode-jsonrpc/node";
import type { MessageFrames } from "./message-frames.ts";
import { StreamReader, StreamWriter } from "./stream-messages.ts";

/** The value of a `$/progress` notification; its token is the id of the request it tells of. */
const PROGRESS = new ProgressType<unknown>();

export interface JsonRpcPeerOptions {
  readonly child: ChildProcess;
  readonly frames: MessageFrames;
  readonly log: Log;
  /** What the program writes cannot be understood, or what it should read cannot be written. */
  onBroken(error: unknown): void;
  /** The program has closed its standard input or output. */
  onClosed(): void;
}

/** A request that was sent. */
export interface SentRequest {
  readonly answer: Promise<unknown>;
  /** Tells the program that nobody wants the answer any more: `$/cancelRequest`. */
  cancel(): void;
}

/** A program that answers JSON-RPC requests over its standard input and output. */
export class JsonRpcPeer {
  readonly #connection: MessageConnection;
  readonly #log: Log;
  /** The id of the request that was made last. */
  #lastId: number | string | null = null;

  constructor({ child, frames, log, onBroken, onClosed }: JsonRpcPeerOptions) {
    const reader = new StreamReader(child.stdout, frames);
    const debug = (message: string) => log.debug("A message of a tool process was strange.", { problem: message });
    const logger = { error: debug, warn: debug, info: debug, log: debug };
    this.#log = log;
    this.#connection = createMessageConnection(reader, new StreamWriter(child.stdin, frames), logger, {
      ...this.#cancellation(),
      messageStrategy: {
        handleMessage: (message, next) => {
          reader.handled(message);
          return next(message);
        },
      },
    });
    this.#connection.onError(([error]) => onBroken(error));
    this.#connection.onClose(onClosed);
    this.#connection.onUnhandledNotification(({ method }) => {
      log.debug("A tool process notified of what nobody here knows.", { method });
    });
    this.#connection.listen();
  }

  /**
   * @param params a JSON object goes as it is, anything else as the one item of a list
   * @param onProgress told of each `$/progress` notification that names this request
   */
  send(method: string, params: readonly [unknown?], onProgress?: (progress: ToolProgress) => void): SentRequest {
    const cancellation = new CancellationTokenSource();
    const answer = this.#connection.sendRequest<unknown>(method, ...params, cancellation.token);
    if (onProgress !== undefined && this.#lastId !== null) {
      const listener = this.#connection.onProgress(PROGRESS, this.#lastId, (value) => {
        if (isProgress(value)) onProgress(value);
        else this.#log.debug("A tool process told of progress without saying how far.", { value });
      });
      const stop = () => listener.dispose();
      answer.then(stop, stop);
    }
    return { answer, cancel: () => cancellation.cancel() };
  }

  /** Fails what is unanswered, and lets go of the streams. */
  dispose(): void {
    this.#connection.dispose();
  }

  /** As the library does it; only, that it tells us the id of each request. */
  #cancellation(): ConnectionOptions {
    const sender = CancellationSenderStrategy.Message;
    return {
      cancellationStrategy: {
        receiver: CancellationReceiverStrategy.Message,
        sender: {
          enableCancellation: ({ id }) => {
            this.#lastId = id;
          },
          sendCancellation: (connection, id) => sender.sendCancellation(connection, id),
          cleanup: (id) => sender.cleanup(id),
        },
      },
    };
  }
}

function isProgress(value: unknown): value is ToolProgress {
  return typeof value === "object" && value !== null && "progress" in value && typeof value.progress === "number";
}
