import type { Reading } from "@llmspell/base";
import type { ScalingAction } from "@llmspell/tools";
import { countOf, formatCount, formatDuration } from "./figures.ts";
import { type Column, layOutTable } from "./table.ts";

/** Of each pool, so many of its last changes of size are told one by one. */
const CHANGES_TOLD = 3;
const BYTES_IN_MEBIBYTE = 2 ** 20;

const COLUMNS: readonly Column[] = [
  { title: "", align: "left" },
  ...["instances", "created", "retired", "creation", "warm-up", "wait p99", "memory"].map(
    (title) => ({ title, align: "right" }) as const,
  ),
];

/**
 * What the instances of the tool pools were at: a table, then the last changes of size with their reasons. Nothing where no
 * pool made any instance.
 *
 * @param began when the run began; milliseconds since the Unix epoch
 */
export function poolLines(readings: readonly Reading[], scalings: readonly ScalingAction[], began: number): string[] {
  const pools = readings.filter(({ part, details }) => part === "pool" && (details?.["created"] ?? 0) > 0);
  if (pools.length === 0) return [];
  const table = layOutTable(COLUMNS, [["instances of pool"], ...pools.map(cellsOf)]);
  return [...table, ...pools.flatMap(({ name }) => sizeLines(name, scalings, began))];
}

function cellsOf({ name, details = {} }: Reading): string[] {
  const count = (figure: string) => formatCount(details[figure] ?? 0);
  const duration = (figure: string) => formatDuration(details[figure] ?? 0);
  const memory = details["memory"] ?? 0;
  return [
    `  ${name}`,
    ...["instances", "created", "retired"].map(count),
    ...["creationP50", "warmUpP50", "waitP99"].map(duration),
    memory === 0 ? "-" : `${formatCount(memory / BYTES_IN_MEBIBYTE)} MiB`,
  ];
}

function sizeLines(pool: string, scalings: readonly ScalingAction[], began: number): string[] {
  const changes = scalings.filter((change) => change.pool === pool);
  const told = changes.slice(-CHANGES_TOLD);
  const earlier = changes.length - told.length;
  const lines = told.map(({ at, from, to, reason }) => {
    return `  ${pool}: ${from} → ${to} after ${formatDuration(at - began)}: ${reason}`;
  });
  return earlier === 0 ? lines : [`  ${pool}: ${countOf(earlier, "change")} of size before`, ...lines];
}
