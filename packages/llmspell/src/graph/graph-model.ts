/** What a node stands for; each has a shape of its own. */
export type NodeKind =
  | "source"
  | "bus"
  | "route"
  | "channel"
  | "pipeline"
  | "step"
  | "hooks"
  | "pool"
  | "agent"
  | "sink";

export interface GraphNode {
  /** Letters, digits and underscores; unique in its graph. */
  readonly id: string;
  readonly kind: NodeKind;
  /** Lines are separated by a line feed. */
  readonly label: string;
}

export interface GraphGroup {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly GraphNode[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Solid where events go; dashed for what is used on the way, and for ways that few events take. */
  readonly style: "solid" | "dashed";
}

/** A directed graph whose nodes stand in groups. */
export interface Graph {
  readonly groups: readonly GraphGroup[];
  readonly edges: readonly GraphEdge[];
}
