import type { Graph, GraphEdge, GraphGroup, GraphNode, NodeKind } from "./graph-model.ts";
import type { GraphedConfig, GraphedPipeline, GraphedRoute, GraphedStep, GraphedUse } from "./graphed-config.ts";
import { cut, labelOf } from "./label.ts";
import { NodeIds } from "./node-ids.ts";

/** The hook points that every call of a part passes, without a step that names them. */
const POINTS_OF = {
  pipeline: ["before_pipeline", "after_pipeline"],
  agent: ["before_llm_call", "after_llm_call"],
  pool: ["before_tool_call", "after_tool_call"],
} as const;

/** Draws the way of the events through a valid configuration: from sources over routes, channels and steps to sinks. */
export function buildGraph(config: GraphedConfig): Graph {
  const builder = new GraphBuilder(config);
  builder.addSources();
  builder.addEvents();
  builder.addPipelines();
  builder.addParts();
  return { groups: builder.groups, edges: builder.edges };
}

class GraphBuilder {
  readonly groups: GraphGroup[] = [];
  readonly edges: GraphEdge[] = [];
  readonly #config: GraphedConfig;
  readonly #ids = new NodeIds();

  constructor(config: GraphedConfig) {
    this.#config = config;
  }

  addSources(): void {
    const sources = Object.entries(this.#config.sources ?? {});
    this.#group(
      "sources",
      sources.map(([name, use]) => this.#node("source", name, `${name}\n${nameOf(use)}`)),
    );
    if (this.#config.events === undefined) return;
    for (const [name, use] of sources) {
      const type = typeof use === "string" ? undefined : use["type"];
      this.#edge("solid", ["source", name], ["bus", ""], typeof type === "string" ? type : undefined);
    }
  }

  addEvents(): void {
    const { events } = this.#config;
    if (events === undefined) return;
    const routes = events.routes ?? [];
    const channels = Object.entries(events.channels ?? {});
    this.#group("events", [
      this.#node("bus", "", "event bus"),
      ...routes.map((route, index) => this.#node("route", String(index), describeRoute(route))),
      ...channels.map(([name, { priority }]) =>
        this.#node("channel", name, priority === undefined ? name : `${name}\n${priority}`),
      ),
    ]);
    for (const [index, { channel }] of routes.entries()) {
      this.#edge("solid", ["bus", ""], ["route", String(index)]);
      this.#edge("solid", ["route", String(index)], ["channel", channel]);
    }
    for (const [name, { deadLetter }] of channels) {
      if (deadLetter !== undefined) this.#edge("dashed", ["channel", name], ["channel", deadLetter], "dead letters");
    }
  }

  addPipelines(): void {
    for (const [name, pipeline] of Object.entries(this.#config.pipelines ?? {})) this.#addPipeline(name, pipeline);
  }

  /** What steps use, each once, however many use it. */
  addParts(): void {
    const { tools, agents = {}, hooks, sinks = {} } = this.#config;
    const pools = Object.entries(tools?.pools ?? {});
    this.#group(
      "tools",
      pools.map(([name, { tool }]) => this.#node("pool", name, `${name}\n${nameOf(tool)}`)),
    );
    const agentNode = ([name, { provider }]: [string, { provider: GraphedUse }]) =>
      this.#node("agent", name, `${name}\n${nameOf(provider)}`);
    this.#group("agents", Object.entries(agents).map(agentNode));
    const points = Object.entries(hooks?.points ?? {});
    this.#group(
      "hooks",
      points.map(([point, list]) => this.#node("hooks", point, [point, ...list.map(({ id }) => id)].join("\n"))),
    );
    const sinkNode = ([name, use]: [string, GraphedUse]) => this.#node("sink", name, `${name}\n${nameOf(use)}`);
    this.#group("sinks", Object.entries(sinks).map(sinkNode));
    for (const [name, { tools: used = [] }] of Object.entries(agents)) {
      for (const pool of used) this.#edge("dashed", ["agent", name], ["pool", pool]);
      this.#passes("agent", name);
    }
    for (const [name] of pools) this.#passes("pool", name);
  }

  #addPipeline(name: string, { on, replicas = 1, steps, onCancel = [] }: GraphedPipeline): void {
    const label = replicas === 1 ? name : `${name}\n${replicas} replicas`;
    const ordinary = steps.map((step, index) => this.#node("step", `${name} ${index}`, describeStep(step)));
    const cancelled = onCancel.map((step, index) => this.#node("step", `${name} cancel ${index}`, describeStep(step)));
    this.#group(`pipeline ${name}`, [this.#node("pipeline", name, label), ...ordinary, ...cancelled]);
    for (const channel of typeof on === "string" ? [on] : on) {
      this.#edge("solid", ["channel", channel], ["pipeline", name]);
    }
    this.#chain(name, `${name} `, steps);
    this.#chain(name, `${name} cancel `, onCancel);
    this.#passes("pipeline", name);
  }

  #chain(pipeline: string, prefix: string, steps: readonly GraphedStep[]): void {
    const isCancel = prefix.endsWith("cancel ");
    for (const [index, step] of steps.entries()) {
      const key = ["step", `${prefix}${index}`] as const;
      if (index > 0) this.#edge("solid", ["step", `${prefix}${index - 1}`], key);
      else if (isCancel) this.#edge("dashed", ["pipeline", pipeline], key, "on cancel");
      else this.#edge("solid", ["pipeline", pipeline], key);
      this.#addTargets(key, step);
    }
  }

  #addTargets(from: readonly [NodeKind, string], { tool, agent, hooks, emit, write }: GraphedStep): void {
    if (tool !== undefined) this.#edge("dashed", from, ["pool", tool]);
    if (agent !== undefined) this.#edge("dashed", from, ["agent", agent]);
    if (hooks !== undefined) this.#edge("dashed", from, ["hooks", hooks]);
    if (write !== undefined) this.#edge("solid", from, ["sink", write]);
    if (emit !== undefined) this.#addEmission(from, emit);
  }

  /** To the static routes of the type; what other routes take is theirs to know, so without one it goes to the bus. */
  #addEmission(from: readonly [NodeKind, string], type: string): void {
    const routes = [...(this.#config.events?.routes ?? []).entries()];
    const taking = routes.filter(([, { use, event }]) => use === "static" && event === type);
    for (const [index] of taking) this.#edge("solid", from, ["route", String(index)], type);
    if (taking.length === 0) this.#edge("solid", from, ["bus", ""], type);
  }

  #passes(kind: keyof typeof POINTS_OF, name: string): void {
    for (const point of POINTS_OF[kind]) {
      if (this.#config.hooks?.points?.[point] !== undefined) this.#edge("dashed", [kind, name], ["hooks", point]);
    }
  }

  #group(label: string, nodes: readonly GraphNode[]): void {
    if (nodes.length > 0) this.groups.push({ id: this.#ids.of(`group ${label}`), label, nodes });
  }

  #node(kind: NodeKind, name: string, label: string): GraphNode {
    return { id: this.#ids.of(`${kind} ${name}`), kind, label: labelOf(label.split("\n")) };
  }

  #edge(
    style: GraphEdge["style"],
    [fromKind, from]: readonly [NodeKind, string],
    [toKind, to]: readonly [NodeKind, string],
    label?: string,
  ): void {
    const ends = { from: this.#ids.of(`${fromKind} ${from}`), to: this.#ids.of(`${toKind} ${to}`), style };
    this.edges.push(label === undefined ? ends : { ...ends, label: cut(label) });
  }
}

function describeStep({ tool, agent, hooks, emit, write, use, when }: GraphedStep): string {
  const words: readonly (readonly [string, string | undefined])[] = [
    ["tool", tool],
    ["agent", agent],
    ["hooks", hooks],
    ["emit", emit],
    ["write", write],
    ["step", use === undefined ? undefined : nameOf(use)],
  ];
  const [word, name] = words.find(([, value]) => value !== undefined) ?? ["step", ""];
  return when === undefined ? `${word} ${name}` : `${word} ${name}\nwhen ${when}`;
}

/** What a route asks for, as its label. */
function describeRoute({ use, event, pattern, glob, when }: GraphedRoute): string {
  const condition = event ?? pattern ?? glob ?? when;
  return condition === undefined ? use : `${use}\n${condition}`;
}

/** The name of what is chosen; of a local module, the file's name. */
function nameOf(use: GraphedUse): string {
  const name = typeof use === "string" ? use : use.use;
  return name.startsWith("file:") ? name.slice(name.lastIndexOf("/") + 1) : name;
}
