import fc from "fast-check";
import { expect, it } from "vitest";
import { LineReader, LineTooLongError } from "./line-reader.ts";

it("finds the same lines, however the bytes are cut", () => {
  const line = fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\n", "ß"));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
      const reader = new LineReader(1000);
      const found: string[] = [];
      for (let start = 0, piece = 0; start < bytes.length; piece++) {
        const end = start + (sizes[piece % sizes.length] ?? 1);
        found.push(...reader.read(bytes.subarray(start, end)));
        start = end;
      }
      // As UTF-8 carries them: a lone surrogate arrives as the replacement character.
      expect(found).toEqual(lines.map((each) => Buffer.from(each).toString()));
    }),
  );
});

it("refuses a line that is too long before it is whole, and says how it begins", () => {
  const reader = new LineReader(10);
  expect([...reader.read(Buffer.from("0123456789"))]).toEqual([]);
  const refused = expect.objectContaining({ message: "A line is longer than 10 bytes.", start: "0123456789!" });
  expect(() => [...reader.read(Buffer.from("!"))]).toThrow(refused);
});

it("refuses it as much when it comes in one piece, after the lines before it", () => {
  const lines = new LineReader(10).read(Buffer.from("0123456789\n0123456789!\n"));
  expect(lines.next().value).toBe("0123456789");
  expect(() => lines.next()).toThrow(LineTooLongError);
});
