import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameError, HeaderFrames, LineFrames, type MessageFrames } from "./message-frames.ts";

function feed(frames: MessageFrames, bytes: Uint8Array, cuts: readonly number[] = []): string[] {
  const buffer = Buffer.from(bytes);
  const places = [...cuts.map((cut) => cut % (buffer.length + 1)), buffer.length].sort((a, b) => a - b);
  let start = 0;
  return places.flatMap((end) => {
    const messages = [...frames.push(buffer.subarray(start, end))];
    start = end;
    return messages;
  });
}

const KINDS = { lines: () => new LineFrames(1000), headers: () => new HeaderFrames(1000) };

describe.each(Object.entries(KINDS))("%s", (_, create) => {
  it("reads what it wrote, however it is cut", () => {
    const anyMessage = fc.string({ unit: "grapheme" }).map((text) => JSON.stringify({ text }));
    fc.assert(
      fc.property(fc.array(anyMessage), fc.array(fc.integer({ min: 0 })), (messages, cuts) => {
        const frames = create();
        const bytes = Buffer.from(messages.map((message) => frames.frame(message)).join(""));
        expect(feed(frames, bytes, cuts)).toEqual(messages);
      }),
    );
  });

  it("gives messages or a FrameError, and keeps little, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.array(fc.integer({ min: 0 })), (bytes, cuts) => {
        try {
          feed(create(), bytes, cuts);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });
});

function problemOf(frames: MessageFrames, ...chunks: readonly string[]): string {
  try {
    for (const chunk of chunks) feed(frames, Buffer.from(chunk));
  } catch (error) {
    return error instanceof FrameError ? error.message : String(error);
  }
  return "";
}

describe("LineFrames", () => {
  it("leaves out empty lines, and takes the line ends of Windows", () => {
    expect(feed(new LineFrames(100), Buffer.from('\n{"a":1}\r\n  \n{"b":2}\n'))).toEqual(['{"a":1}', '{"b":2}']);
  });

  it("says which line is no message, and shows its start", () => {
    expect(problemOf(new LineFrames(1000), '{"a":1}\n', `${"warning ".repeat(20)}\n`)).toBe(
      `line 2 is "${"warning ".repeat(10)}…"`,
    );
  });

  it("gives up on a line without end", () => {
    expect(problemOf(new LineFrames(10), '{"a":1}\n{"b', '":"xxxxxxxxx')).toBe(
      'line 2 is longer than 10 bytes (`maxMessageSize`); it begins with "{\\"b\\":\\"xxxxxxxxx"',
    );
  });
});

describe("HeaderFrames", () => {
  const frame = (text: string) => new HeaderFrames(100).frame(text);

  it("takes other headers too, in any case", () => {
    const bytes = Buffer.from('content-type: x; charset=utf-8\r\nCONTENT-LENGTH: 7\r\n\r\n{"a":1}');
    expect(feed(new HeaderFrames(100), bytes)).toEqual(['{"a":1}']);
  });

  it("says at which byte it found no header", () => {
    expect(problemOf(new HeaderFrames(100), frame('{"a":1}'), "hello world\n")).toBe(
      'what stands at byte 28 is "hello world", not a header',
    );
    expect(problemOf(new HeaderFrames(100), "Content-Type: x\r\n\r\n")).toBe(
      "what stands at byte 0 is a header without Content-Length",
    );
    expect(problemOf(new HeaderFrames(100), "Content-Length: 101\r\n\r\n")).toBe(
      "what stands at byte 0 is a message of 101 bytes, more than 100 (`maxMessageSize`)",
    );
    expect(problemOf(new HeaderFrames(100), ...Array.from({ length: 50 }, () => "x".repeat(100)))).toBe(
      `what stands at byte 0 is "${"x".repeat(80)}…", and no header ends`,
    );
  });
});
