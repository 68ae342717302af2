import type { DrawnDependency, DrawnHook, DrawnLevel, DrawnPoint } from "./hook-graph.ts";
import { quoteMermaid } from "./mermaid.ts";

/** How nodes of a class look (https://mermaid.js.org/syntax/flowchart.html#styling-and-classes). */
const CLASSES = ["classDef critical stroke-width:4px", "classDef background stroke-dasharray:4 4"];

/** Writes the plans of hook points as a Mermaid flowchart; the critical path is thick. */
export function hooksToMermaid(points: readonly DrawnPoint[]): string {
  const blocks = points.flatMap(({ id, title, levels }) => [
    `subgraph ${id}[${quoteMermaid(title)}]`,
    ...levels.flatMap(levelLines).map((line) => `  ${line}`),
    "end",
  ]);
  const edges = points.flatMap(({ dependencies }) => dependencies.map(edgeLine));
  return ["flowchart LR", ...[...blocks, ...edges, ...CLASSES].map((line) => `  ${line}`)].join("\n");
}

function levelLines({ id, label, hooks, groups }: DrawnLevel): readonly string[] {
  const groupLines = groups.flatMap((group) => [
    `subgraph ${group.id}[${quoteMermaid(group.label)}]`,
    ...group.hooks.map((hook) => `  ${nodeLine(hook)}`),
    "end",
  ]);
  const lines = [...groupLines, ...hooks.map(nodeLine)];
  return [`subgraph ${id}[${quoteMermaid(label)}]`, ...lines.map((line) => `  ${line}`), "end"];
}

function nodeLine({ id, label, isCritical, isBackground }: DrawnHook): string {
  const look = isCritical ? ":::critical" : isBackground ? ":::background" : "";
  return `${id}[${quoteMermaid(label)}]${look}`;
}

function edgeLine({ from, to, isCritical }: DrawnDependency): string {
  return `${from} ${isCritical ? "==>" : "-->"} ${to}`;
}
