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
