import { seededRandom } from "@llmspell/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTrace } from "./read-trace.ts";
import { TraceRecorder } from "./trace-recorder.ts";

async function* inPieces(text: string, size = Number.POSITIVE_INFINITY): AsyncIterable<string> {
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size);
}

const calls = [
  '{"at": 30, "duration": 5, "pool": "search"}',
  "",
  '{"at": 10, "duration": 7.5, "pool": "search", "note": "what else there is does not count"}',
  '{"at": 20, "duration": 0}',
].join("\n");

describe("readTrace", () => {
  it("puts the calls in order, wherever the text is broken", async () => {
    for (const size of [1, 7, 50, 1000]) {
      const trace = await readTrace(inPieces(calls, size));
      expect([...trace.at]).toEqual([10, 20, 30]);
      expect([...trace.durations]).toEqual([7.5, 0, 5]);
      expect(trace).toMatchObject({ length: 3, span: 30, busyTime: 12.5 });
      expect(trace.meanDuration).toBeCloseTo(12.5 / 3);
    }
  });

  it("reads back what was recorded, to the microsecond", async () => {
    const recorded = fc.array(fc.record({ at: fc.nat(100_000), duration: fc.nat(60_000) }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(recorded, async (given) => {
        let text = "";
        const output = { writableLength: 0, write: (line: string) => (text += line) };
        const recorder = new TraceRecorder(output, clockAt(5000));
        for (const { at, duration } of given) recorder.called("search", 5000 + at / 7, duration / 7);
        const trace = await readTrace(inPieces(text), "search");
        const sorted = given.map(({ at }) => at / 7).sort((a, b) => a - b);
        expect(trace.length).toBe(given.length);
        for (const [index, at] of trace.at.entries()) expect(at).toBeCloseTo(sorted[index] ?? Number.NaN, 2);
        expect(recorder).toMatchObject({ recorded: given.length, left: 0 });
      }),
    );
  });

  it("takes the calls of the pool that is chosen, and those that name none", async () => {
    const mixed = `${calls}\n{"at": 40, "duration": 9, "pool": "other"}`;
    expect([...(await readTrace(inPieces(mixed), "search")).at]).toEqual([10, 20, 30]);
    expect([...(await readTrace(inPieces(mixed), "other")).at]).toEqual([20, 40]);
    await expect(readTrace(inPieces(mixed))).rejects.toMatchObject({
      code: "LLMSPELL_E_TRACE_POOLS",
      message: "The trace has calls of several pools: other, search.",
    });
  });

  it.each([
    ["no json", "it is no JSON."],
    ["[1]", "expected an object, but it is a list."],
    ["null", "expected an object, but it is null."],
    ['{"duration": 1}', "expected `at` in milliseconds, but it is missing."],
    ['{"at": "10ms", "duration": 1}', "expected `at` in milliseconds, but it is a string."],
    ['{"at": 1, "duration": -2}', "expected `duration` from 0, but it is -2."],
    ['{"at": 1, "duration": 1, "pool": 3}', "expected `pool` to be a name, but it is a number."],
    ["0".repeat(20_000), "it is longer than 10000 characters."],
  ])("names the line of what is no call: %#", async (line, problem) => {
    const text = `{"at": 1, "duration": 1}\n\n${line}\n`;
    await expect(readTrace(inPieces(text, 11_000))).rejects.toMatchObject({
      code: "LLMSPELL_E_TRACE_LINE",
      message: `Line 3 of the trace: ${problem}`,
    });
  });

  it("refuses a trace without calls", async () => {
    await expect(readTrace(inPieces("\n"))).rejects.toMatchObject({ code: "LLMSPELL_E_TRACE_EMPTY" });
    await expect(readTrace(inPieces('{"at": 1, "duration": 1, "pool": "a"}'), "b")).rejects.toMatchObject({
      code: "LLMSPELL_E_TRACE_EMPTY",
      message: 'The trace has no calls of pool "b".',
      hint: "It has calls of a.",
    });
  });

  it("takes in a million calls in any order", async () => {
    const random = seededRandom(1);
    async function* many() {
      for (let piece = 0; piece < 1000; piece++) {
        yield Array.from({ length: 1000 }, () => `{"at":${Math.floor(random() * 1e6)},"duration":1}\n`).join("");
      }
    }
    const { at } = await readTrace(many());
    expect(at).toHaveLength(1_000_000);
    expect(at.every((time, index) => index === 0 || time >= (at[index - 1] ?? 0))).toBe(true);
  });
});

describe("TraceRecorder", () => {
  it("leaves out what a slow output would have to keep, and counts it", () => {
    const output = { writableLength: 0, write: () => undefined };
    const recorder = new TraceRecorder(output, clockAt(0));
    recorder.called("search", 1, 1);
    output.writableLength = 20_000_000;
    recorder.called("search", 2, 1);
    output.writableLength = 0;
    recorder.called("search", 3, 1);
    expect(recorder).toMatchObject({ recorded: 2, left: 1 });
  });
});

function clockAt(now: number) {
  return { now: () => now };
}
