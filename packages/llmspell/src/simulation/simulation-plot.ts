import type { ReplayResult, TimelinePoint } from "@llmspell/simulation";
import { type ScaleContinuousNumeric, type ScaleLinear, scaleLinear, scaleLog } from "d3-scale";
import { area, curveStepAfter, line } from "d3-shape";

const WIDTH = 960;
const PANEL_HEIGHT = 180;
const GAP = 44;
const MARGIN = { top: 56, right: 16, bottom: 40, left: 64 };
/** Apart also for those who see red and green alike: B. Wong, "Points of view: Color blindness", Nature Methods 8 (2011). */
const COLORS = ["#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

type Reading = (point: TimelinePoint) => number;

interface Panel {
  readonly title: string;
  readonly top: number;
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleContinuousNumeric<number, number>;
}

/**
 * Draws a trace and what became of it as SVG: how many calls came, how many instances there were with each policy, and the
 * longest waits.
 *
 * @param results of one trace, of each policy; all have the same timeline
 */
export function plotOf(title: string, results: readonly ReplayResult[]): string {
  const [first] = results;
  const arrivals = first?.timeline ?? [];
  const x = scaleLinear([0, (arrivals.at(-1)?.at ?? 1) / 1000], [MARGIN.left, WIDTH - MARGIN.right]);
  const lines = results.map(({ timeline }) => timeline);
  const mostCalls = highest([arrivals], ({ arrivalRate }) => arrivalRate);
  const mostInstances = highest(lines, ({ instances }) => instances);
  const longestWait = highest(lines, (point) => point.longestWait);
  // Waits differ by more than a line can show: one policy's seconds would make another's milliseconds nothing.
  const panels = [
    panelOf(0, "calls a second", x, scaleLinear().domain([0, mostCalls])),
    panelOf(1, "instances", x, scaleLinear().domain([0, mostInstances])),
    panelOf(
      2,
      "longest wait, ms",
      x,
      scaleLog()
        .domain([1, longestWait * 1.01])
        .clamp(true),
    ),
  ] as const;
  const [rate, instances, waits] = panels;
  const height = MARGIN.top + 3 * PANEL_HEIGHT + 2 * GAP + MARGIN.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="${MARGIN.left}" y="18" font-size="14">${escaped(title)}</text>`,
    legendOf(results),
    ...panels.map(axesOf),
    areaOf(rate, arrivals, ({ arrivalRate }) => arrivalRate),
    ...results.map(({ timeline }, index) => lineOf(instances, timeline, (point) => point.instances, index)),
    ...results.map(({ timeline }, index) => lineOf(waits, timeline, (point) => point.longestWait, index)),
    "</svg>\n",
  ].join("\n");
}

function panelOf(index: number, title: string, x: Panel["x"], y: Panel["y"]): Panel {
  const top = MARGIN.top + index * (PANEL_HEIGHT + GAP);
  return { title, top, x, y: y.range([top + PANEL_HEIGHT, top]).nice() };
}

function highest(lines: readonly (readonly TimelinePoint[])[], reading: Reading): number {
  return Math.max(1, ...lines.flatMap((points) => points.map(reading)));
}

function axesOf({ title, top, x, y }: Panel): string {
  const bottom = top + PANEL_HEIGHT;
  const right = WIDTH - MARGIN.right;
  const rows = ticksOf(y).map((tick) => {
    const at = round(y(tick));
    const grid = `<line x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}" stroke="#ddd"/>`;
    return `${grid}<text x="${MARGIN.left - 6}" y="${at + 4}" text-anchor="end">${tick}</text>`;
  });
  const columns = x.ticks(10).map((tick) => {
    return `<text x="${round(x(tick))}" y="${bottom + 14}" text-anchor="middle">${tick} s</text>`;
  });
  return [`<text x="${MARGIN.left}" y="${top - 6}" fill="#555">${title}</text>`, ...rows, ...columns].join("\n");
}

/** Four or so; of a logarithmic scale, which marks every digit, the powers of ten. */
function ticksOf(y: Panel["y"]): readonly number[] {
  return "base" in y ? y.ticks().filter((tick) => Number.isInteger(Math.log10(tick))) : y.ticks(4);
}

function lineOf({ x, y }: Panel, points: readonly TimelinePoint[], reading: Reading, index: number): string {
  const path = line<TimelinePoint>()
    .x(({ at }) => round(x(at / 1000)))
    .y((point) => round(y(reading(point))))
    .curve(curveStepAfter)(points);
  return `<path d="${path ?? ""}" fill="none" stroke="${colorOf(index)}" stroke-width="1.2"/>`;
}

function areaOf({ x, y }: Panel, points: readonly TimelinePoint[], reading: Reading): string {
  const path = area<TimelinePoint>()
    .x(({ at }) => round(x(at / 1000)))
    .y0(round(y(0)))
    .y1((point) => round(y(reading(point))))
    .curve(curveStepAfter)(points);
  return `<path d="${path ?? ""}" fill="#bbb"/>`;
}

function legendOf(results: readonly ReplayResult[]): string {
  let left = MARGIN.left;
  const entries = results.map(({ name }, index) => {
    const box = `<rect x="${left}" y="26" width="10" height="10" fill="${colorOf(index)}"/>`;
    const text = `<text x="${left + 14}" y="35">${escaped(name)}</text>`;
    left += 30 + name.length * 6.5;
    return box + text;
  });
  return entries.join("\n");
}

function colorOf(index: number): string {
  return COLORS[index % COLORS.length] ?? "black";
}

/** To a tenth of a pixel: more digits would be most of the file. */
function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
