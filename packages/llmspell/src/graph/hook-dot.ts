import { quoteDot } from "./dot.ts";
import type { DrawnDependency, DrawnHook, DrawnLevel, DrawnPoint } from "./hook-graph.ts";

/** Writes the plans of hook points in Graphviz's language DOT; the critical path is thick. */
export function hooksToDot(points: readonly DrawnPoint[]): string {
  const blocks = points.flatMap(({ id, title, levels, dependencies }) => [
    `subgraph cluster_${id} {`,
    `  label=${quoteDot(title)};`,
    ...[...levels.flatMap(levelLines), ...dependencies.map(edgeLine)].map((line) => `  ${line}`),
    "}",
  ]);
  // Without newrank a level could not hold nodes of several clusters.
  const lines = ["rankdir=LR;", "newrank=true;", "node [shape=box];", ...blocks];
  return ["digraph hooks {", ...lines.map((line) => `  ${line}`), "}"].join("\n");
}

function levelLines({ hooks, groups }: DrawnLevel): readonly string[] {
  const all = [...groups.flatMap((group) => group.hooks), ...hooks];
  const groupLines = groups.flatMap((group) => [
    `subgraph cluster_${group.id} {`,
    `  label=${quoteDot(group.label)};`,
    ...group.hooks.map((hook) => `  ${nodeLine(hook)}`),
    "}",
  ]);
  return [...groupLines, ...hooks.map(nodeLine), `{ rank=same; ${all.map(({ id }) => `${id};`).join(" ")} }`];
}

function nodeLine({ id, label, isCritical, isBackground }: DrawnHook): string {
  const look = isCritical ? ", penwidth=3" : isBackground ? ", style=dashed" : "";
  return `${id} [label=${quoteDot(label)}${look}];`;
}

function edgeLine({ from, to, isCritical }: DrawnDependency): string {
  return `${from} -> ${to}${isCritical ? " [penwidth=3]" : ""};`;
}
