import type { Graph, GraphEdge, GraphNode, NodeKind } from "./graph-model.ts";

/** Graphviz's shapes (https://graphviz.org/doc/info/shapes.html). */
const SHAPES: Readonly<Record<NodeKind, string>> = {
  source: "cds",
  bus: "hexagon",
  route: "diamond",
  channel: "cylinder",
  pipeline: "component",
  step: "box",
  hooks: "note",
  pool: "box3d",
  agent: "ellipse",
  sink: "folder",
};

/** Writes a graph in Graphviz's language DOT. */
export function toDot({ groups, edges }: Graph): string {
  const blocks = groups.flatMap(({ id, label, nodes }) => [
    `  subgraph cluster_${id} {`,
    `    label=${quoteDot(label)};`,
    ...nodes.map((node) => `    ${nodeLine(node)}`),
    "  }",
  ]);
  return ["digraph llmspell {", "  rankdir=LR;", ...blocks, ...edges.map((edge) => `  ${edgeLine(edge)}`), "}"].join(
    "\n",
  );
}

function nodeLine({ id, kind, label }: GraphNode): string {
  return `${id} [shape=${SHAPES[kind]}, label=${quoteDot(label)}];`;
}

function edgeLine({ from, to, label, style }: GraphEdge): string {
  const attributes = [
    ...(label === undefined ? [] : [`label=${quoteDot(label)}`]),
    ...(style === "dashed" ? ["style=dashed"] : []),
  ];
  return attributes.length === 0 ? `${from} -> ${to};` : `${from} -> ${to} [${attributes.join(", ")}];`;
}

export function quoteDot(label: string): string {
  return `"${label.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
