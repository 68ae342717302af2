import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Message } from "vscode-jsonrpc/node";
import { LineFrames } from "./message-frames.ts";
import { StreamReader, StreamWriter } from "./stream-messages.ts";

/** One turn of the event loop, in which streams hand on what they hold. */
// biome-ignore lint/plugin: real turns of the event loop, which no clock counts
const turn = () => new Promise((resolve) => setImmediate(resolve));

function listen() {
  const stream = new PassThrough({ highWaterMark: 2 ** 20 });
  const reader = new StreamReader(stream, new LineFrames(1000));
  const messages: Message[] = [];
  const errors: Error[] = [];
  reader.onError((error) => void errors.push(error));
  reader.listen((message) => void messages.push(message));
  return { stream, reader, messages, errors };
}

describe("StreamReader", () => {
  it("reads no more while too many messages wait to be handled", async () => {
    const { stream, reader, messages } = listen();
    for (let chunk = 0; chunk < 300; chunk++) stream.write('{"method":"told"}\n'.repeat(10));
    for (let count = 0; count < 10; count++) await turn();
    expect(messages.length).toBe(1000);
    for (const message of messages.slice(0, 499)) reader.handled(message);
    await turn();
    expect(messages.length).toBe(1000);
    reader.handled({ jsonrpc: "2.0", method: "told" } as Message);
    for (let count = 0; count < 10; count++) await turn();
    expect(messages.length).toBe(1500);
  });

  it("counts messages of one id once, as the connection keeps them", async () => {
    const { stream, reader, messages } = listen();
    stream.write('{"id":1,"result":2}\n{"id":1,"method":"ask"}\n'.repeat(2000));
    await turn();
    expect(messages.length).toBe(4000);
    expect(stream.isPaused()).toBe(false);
    for (const message of messages) reader.handled(message);
    expect(stream.isPaused()).toBe(false);
  });

  it("gives an answer without a result the result null, and leaves out cancellations", async () => {
    const { stream, messages } = listen();
    stream.write(
      '{"id":1}\n{"id":2,"error":{"code":1,"message":"no"}}\n{"method":"$/cancelRequest","params":{"id":1}}\n',
    );
    await turn();
    expect(messages).toEqual([
      { jsonrpc: "2.0", id: 1, result: null },
      { jsonrpc: "2.0", id: 2, error: { code: 1, message: "no" } },
    ]);
  });

  it("says what was no message, once, and reads nothing after it", async () => {
    const { stream, messages, errors } = listen();
    stream.write('{"id":1,"result":1}\noops\n{"id":2,"result":2}\n');
    await turn();
    expect(messages.length).toBe(1);
    expect(errors).toEqual([expect.objectContaining({ name: "FrameError", message: 'line 2 is "oops"' })]);
    expect(stream.destroyed).toBe(true);
  });
});

describe("StreamWriter", () => {
  it("tells a message that cannot be written from a stream that cannot be written to", async () => {
    const stream = new PassThrough();
    const writer = new StreamWriter(stream, new LineFrames(1000));
    const errors: Error[] = [];
    writer.onError(([error]) => void errors.push(error));
    await expect(writer.write({ jsonrpc: "2.0", big: 1n } as Message)).rejects.toThrow("BigInt");
    expect(errors).toEqual([]);
    stream.destroy();
    await expect(writer.write({ jsonrpc: "2.0" })).rejects.toThrow("destroyed");
    expect(errors.length).toBeGreaterThan(0);
  });
});
