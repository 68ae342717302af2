import { expect, it } from "vitest";
import { layOutTable } from "./table.ts";

const COLUMNS = [
  { title: "name", align: "left" },
  { title: "in", align: "right" },
] as const;

it("makes columns as wide as their widest cell, numbers to the right", () => {
  expect(
    layOutTable(COLUMNS, [
      ["a", "1"],
      ["longer", "12345"],
    ]),
  ).toEqual(["name       in", "a           1", "longer  12345"]);
});

it("lets a heading stand across the columns without widening them", () => {
  expect(layOutTable(COLUMNS, [["a heading that is long"], ["a", "1"]])).toEqual([
    "name  in",
    "a heading that is long",
    "a      1",
  ]);
});

it("leaves no spaces at the end of a line", () => {
  expect(layOutTable([...COLUMNS, { title: "note", align: "left" }], [["a", "1", ""]])).toEqual([
    "name  in  note",
    "a      1",
  ]);
});

it("breaks the cells of the widest column of text where the table would be too wide", () => {
  const rows = [["a", "1", "one two three four"], ["a heading with several words"], ["b", "2", "five"]];
  expect(layOutTable([...COLUMNS, { title: "note", align: "left" }], rows, 20)).toEqual([
    "name  in  note",
    "a      1  one two",
    "          three four",
    "a heading with",
    "    several words",
    "b      2  five",
  ]);
});

it("keeps words and numbers whole, also where they do not fit", () => {
  expect(layOutTable(COLUMNS, [["indivisible", "123456789"]], 10)).toEqual([
    "name                in",
    "indivisible  123456789",
  ]);
});

it("keeps the indentation of a cell", () => {
  expect(layOutTable(COLUMNS, [["  a b c", "1"]], 9)).toEqual(["name   in", "  a b   1", "  c"]);
});
