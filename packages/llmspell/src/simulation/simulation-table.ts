import type { ReplayResult } from "@llmspell/simulation";
import { formatCount, formatDuration } from "../figures.ts";
import { type Column, layOutTable } from "../table.ts";

/** How a policy did, over all traces: the median of each figure. Times in milliseconds. */
export interface PolicyFigures {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly timeOuts: number;
  readonly refused: number;
  readonly instanceSeconds: number;
  readonly cost: number;
  readonly creations: number;
  readonly scaleActions: number;
  /** Its cost over that of the oracle. */
  readonly costToOracle: number;
  /** Its p99 wait less that of the oracle. */
  readonly p99OverOracle: number;
}

/**
 * The figures of each policy, beside the oracle's.
 *
 * @param results of each policy, over all traces
 */
export function figuresOf(
  oracle: readonly ReplayResult[],
  results: readonly (readonly ReplayResult[])[],
): PolicyFigures[] {
  const best = medians(oracle);
  return [oracle, ...results].map((each) => {
    const figures = medians(each);
    return { ...figures, costToOracle: figures.cost / best.cost, p99OverOracle: figures.p99 - best.p99 };
  });
}

function medians(results: readonly ReplayResult[]) {
  const of = (figure: (result: ReplayResult) => number) => median(results.map(figure));
  return {
    name: results[0]?.name ?? "",
    p50: of(({ wait }) => wait.p50),
    p95: of(({ wait }) => wait.p95),
    p99: of(({ wait }) => wait.p99),
    timeOuts: of(({ timeOuts }) => timeOuts),
    refused: of(({ refused }) => refused),
    instanceSeconds: of(({ instanceSeconds }) => instanceSeconds),
    cost: of(({ cost }) => cost),
    creations: of(({ creations }) => creations),
    scaleActions: of(({ scaleActions }) => scaleActions),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

const COLUMNS: readonly Column[] = [
  { title: "policy", align: "left" },
  ...[
    "wait p50",
    "p95",
    "p99",
    "timed out",
    "refused",
    "instance s",
    "cost",
    "to oracle",
    "p99 over",
    "created",
    "changes",
  ].map((title) => ({ title, align: "right" }) as const),
];

/** The figures as a table: a line for each policy. */
export function figuresAsText(figures: readonly PolicyFigures[]): string[] {
  return layOutTable(COLUMNS, figures.map(rowOf));
}

function rowOf(figures: PolicyFigures): string[] {
  const { p50, p95, p99, timeOuts, refused, creations, scaleActions } = figures;
  return [
    figures.name,
    ...[p50, p95, p99].map(formatDuration),
    ...[timeOuts, refused, figures.instanceSeconds].map(formatCount),
    figures.cost.toFixed(2),
    `× ${figures.costToOracle.toFixed(2)}`,
    `${figures.p99OverOracle < 0 ? "-" : "+"}${formatDuration(Math.abs(figures.p99OverOracle))}`,
    ...[creations, scaleActions].map(formatCount),
  ];
}
