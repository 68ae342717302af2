import type { Graph, GraphEdge, GraphNode, NodeKind } from "./graph-model.ts";

/** What stands before and after the label: the shape (https://mermaid.js.org/syntax/flowchart.html). */
const SHAPES: Readonly<Record<NodeKind, readonly [string, string]>> = {
  source: ["([", "])"],
  bus: ["{{", "}}"],
  route: ["{", "}"],
  channel: ["[(", ")]"],
  pipeline: ["[[", "]]"],
  step: ["[", "]"],
  hooks: [">", "]"],
  pool: ["[/", "\\]"],
  agent: ["(", ")"],
  sink: ["([", "])"],
};

/** Writes a graph as a Mermaid flowchart. */
export function toMermaid({ groups, edges }: Graph): string {
  const blocks = groups.flatMap(({ id, label, nodes }) => [
    `  subgraph ${id}[${quoteMermaid(label)}]`,
    ...nodes.map((node) => `    ${nodeLine(node)}`),
    "  end",
  ]);
  return ["flowchart LR", ...blocks, ...edges.map((edge) => `  ${edgeLine(edge)}`)].join("\n");
}

function nodeLine({ id, kind, label }: GraphNode): string {
  const [open, close] = SHAPES[kind];
  return `${id}${open}${quoteMermaid(label)}${close}`;
}

function edgeLine({ from, to, label, style }: GraphEdge): string {
  const arrow = style === "solid" ? "-->" : "-.->";
  return label === undefined ? `${from} ${arrow} ${to}` : `${from} ${arrow}|${quoteMermaid(label)}| ${to}`;
}

/** Everything that Mermaid or the HTML it makes would read as markup is written as an entity code. */
export function quoteMermaid(label: string): string {
  const escaped = label.replace(/[^\p{L}\p{N}\p{Zs}\n_.,:;!?'()[\]{}=+*/^%@~…-]/gu, (character) => {
    return `#${character.codePointAt(0)};`;
  });
  return `"${escaped.replaceAll("\n", "<br/>")}"`;
}
