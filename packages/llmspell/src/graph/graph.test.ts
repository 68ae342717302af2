import { describe, expect, it } from "vitest";
import { buildGraph } from "./build-graph.ts";
import { toDot } from "./dot.ts";
import type { GraphedConfig } from "./graphed-config.ts";
import { toMermaid } from "./mermaid.ts";

const DESK: GraphedConfig = {
  sources: { webhooks: { use: "ndjson", path: "events.ndjson", type: "{{ record.type }}" } },
  events: {
    channels: {
      incoming: { priority: "high", deadLetter: "dead" },
      triaged: { priority: "normal" },
      dead: {},
    },
    routes: [
      { use: "pattern", glob: "issues.*", channel: "incoming" },
      { use: "static", event: "triaged", channel: "triaged" },
      { use: "dynamic", when: "event.data.premium", channel: "incoming" },
    ],
  },
  pipelines: {
    triage: {
      on: "incoming",
      replicas: 2,
      steps: [{ hooks: "checks" }, { tool: "analysis" }, { agent: "clerk" }, { emit: "triaged" }],
      onCancel: [{ write: "results", when: "event.data.keep" }],
    },
    store: { on: ["triaged", "dead"], steps: [{ write: "results" }] },
  },
  hooks: { points: { checks: [{ id: "redact" }], before_llm_call: [{ id: "guard" }, { id: "cost" }] } },
  tools: { pools: { analysis: { tool: { use: "worker", module: "x" } } } },
  agents: { clerk: { provider: "extractive", tools: ["analysis"] } },
  sinks: { results: { use: "ndjson", path: "out.ndjson" } },
};

/** The edges as `from > to`, by node id. */
function edgesOf(config: GraphedConfig): string[] {
  return buildGraph(config).edges.map(({ from, to }) => `${from} > ${to}`);
}

describe("buildGraph", () => {
  it("groups the parts, each pipeline with its steps", () => {
    const groups = buildGraph(DESK).groups.map(({ label, nodes }) => [label, nodes.map((node) => node.label)]);
    expect(groups).toEqual([
      ["sources", ["webhooks\nndjson"]],
      [
        "events",
        [
          "event bus",
          "pattern\nissues.*",
          "static\ntriaged",
          "dynamic\nevent.data.premium",
          "incoming\nhigh",
          "triaged\nnormal",
          "dead",
        ],
      ],
      [
        "pipeline triage",
        [
          "triage\n2 replicas",
          "hooks checks",
          "tool analysis",
          "agent clerk",
          "emit triaged",
          "write results\nwhen event.data.keep",
        ],
      ],
      ["pipeline store", ["store", "write results"]],
      ["tools", ["analysis\nworker"]],
      ["agents", ["clerk\nextractive"]],
      ["hooks", ["checks\nredact", "before_llm_call\nguard\ncost"]],
      ["sinks", ["results\nndjson"]],
    ]);
  });

  it("leads events from the source through routes, channels and steps", () => {
    const edges = edgesOf(DESK);
    expect(edges).toEqual(
      expect.arrayContaining([
        "source_webhooks > bus",
        "bus > route_0",
        "route_0 > channel_incoming",
        "channel_incoming > channel_dead",
        "channel_incoming > pipeline_triage",
        "pipeline_triage > step_triage_0",
        "step_triage_0 > step_triage_1",
        "step_triage_1 > pool_analysis",
        "step_triage_2 > agent_clerk",
        "step_triage_3 > route_1",
        "channel_triaged > pipeline_store",
        "channel_dead > pipeline_store",
        "step_store_0 > sink_results",
      ]),
    );
    expect(new Set(edges).size).toBe(edges.length);
  });

  it("shows what is used on the way: hook points that agents pass, pools that they call, steps after a cancel", () => {
    const { edges } = buildGraph(DESK);
    const dashed = edges.filter(({ style }) => style === "dashed").map(({ from, to }) => `${from} > ${to}`);
    expect(dashed).toEqual([
      "channel_incoming > channel_dead",
      "step_triage_0 > hooks_checks",
      "step_triage_1 > pool_analysis",
      "step_triage_2 > agent_clerk",
      "pipeline_triage > step_triage_cancel_0",
      "agent_clerk > pool_analysis",
      "agent_clerk > hooks_before_llm_call",
    ]);
  });

  it.each([
    ["triaged", ["route_1"]],
    ["issues.opened", ["bus"]],
    ["unrouted", ["bus"]],
    ["{{ event.data.next }}", ["bus"]],
  ])("leads an emitted %s to %j", (emit, targets) => {
    const config = { ...DESK, pipelines: { p: { on: "dead", steps: [{ emit }] } } };
    const { edges } = buildGraph(config);
    expect(edges.filter(({ from }) => from === "step_p_0").map(({ to }) => to)).toEqual(targets);
  });

  it("leads an emitted type to every static route of it", () => {
    const routes = [
      { use: "pattern", pattern: "^user_", channel: "dead" },
      { use: "static", event: "user_login", channel: "dead" },
      { use: "third_party", event: "user_login", channel: "dead" },
      { use: "static", event: "user_login", channel: "dead" },
    ];
    const config = {
      events: { channels: { dead: {} }, routes },
      pipelines: { p: { on: "dead", steps: [{ emit: "user_login" }] } },
    };
    expect(edgesOf(config).filter((edge) => edge.startsWith("step_p_0"))).toEqual([
      "step_p_0 > route_1",
      "step_p_0 > route_3",
    ]);
  });

  it("gives every node an id of its own, also where names read alike", () => {
    const steps = [{ write: "s" }];
    const graph = buildGraph({ pipelines: { a: { on: "c", steps, onCancel: steps }, a_cancel: { on: "c", steps } } });
    const ids = graph.groups.flatMap(({ id, nodes }) => [id, ...nodes.map((node) => node.id)]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("cuts long conditions, and shows a local module by its file's name", () => {
    const when = `event.data.text == "${"x".repeat(100)}"`;
    const graph = buildGraph({
      events: { routes: [{ use: "dynamic", when, channel: "c" }] },
      sinks: { out: { use: "file:///home/me/sinks/mine.ts" } },
    });
    const labels = graph.groups.flatMap(({ nodes }) => nodes.map(({ label }) => label));
    expect(labels).toContain("out\nmine.ts");
    expect(labels.find((label) => label.startsWith("dynamic"))).toMatch(/^dynamic\n.{47}…$/);
  });

  it("draws nothing for a configuration without parts", () => {
    expect(buildGraph({})).toEqual({ groups: [], edges: [] });
  });
});

describe("the languages", () => {
  const graph = buildGraph({
    events: {
      channels: { c: {} },
      routes: [{ use: "dynamic", when: 'event.type == "a<b>&#1;" && `x\\n` | y', channel: "c" }],
    },
  });

  it("Mermaid: no character of a label is read as markup", () => {
    expect(toMermaid(graph)).toBe(`flowchart LR
  subgraph group_events["events"]
    bus{{"event bus"}}
    route_0{"dynamic<br/>event.type == #34;a#60;b#62;#38;#35;1;#34; #38;#38; #96;x#92;n#96; #124; y"}
    channel_c[("c")]
  end
  bus --> route_0
  route_0 --> channel_c`);
  });

  it("DOT: quotes and backslashes of a label are escaped", () => {
    expect(toDot(graph)).toBe(`digraph llmspell {
  rankdir=LR;
  subgraph cluster_group_events {
    label="events";
    bus [shape=hexagon, label="event bus"];
    route_0 [shape=diamond, label="dynamic\\nevent.type == \\"a<b>&#1;\\" && \`x\\\\n\` | y"];
    channel_c [shape=cylinder, label="c"];
  }
  bus -> route_0;
  route_0 -> channel_c;
}`);
  });

  it("dashed and labelled edges are written so", () => {
    const dead = buildGraph({ events: { channels: { a: { deadLetter: "b" }, b: {} } } });
    expect(toMermaid(dead)).toContain('  channel_a -.->|"dead letters"| channel_b');
    expect(toDot(dead)).toContain('  channel_a -> channel_b [label="dead letters", style=dashed];');
  });
});
