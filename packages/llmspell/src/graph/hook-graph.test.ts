import { checkConfig } from "@llmspell/kernel";
import { expect, it } from "vitest";
import { configuredPoints } from "../hook-points/configured-points.ts";
import { hooksToDot } from "./hook-dot.ts";
import { buildHookGraph } from "./hook-graph.ts";
import { hooksToMermaid } from "./hook-mermaid.ts";

const PLUGINS = [
  "@llmspell/hooks",
  "@llmspell/agents",
  "@llmspell/plugin-hook-strategies",
  "@llmspell/plugin-hook-guards",
];

async function draw(hooks: object) {
  const directory = import.meta.dirname;
  const config = await checkConfig({ config: { plugins: PLUGINS, hooks }, directory }, { environment: {} });
  return buildHookGraph(configuredPoints(config, directory));
}

const GUARDED = {
  strategy: "parallel",
  pointOptions: { before_llm_call: { deadline: "1s" } },
  points: {
    before_llm_call: [
      { id: "redact", use: "redact", mode: "parallel", group: "guards", required: true, expectedDuration: "5ms" },
      { id: "injection", use: "prompt_injection", mode: "parallel", group: "guards", expectedDuration: "3ms" },
      { id: "end", use: "redact", dependsOn: ["redact", "injection"], condition: 'context.data.x == "<b>\\\\"' },
      { id: "watch", use: "cost", mode: "background", dependsOn: ["injection"], expectedDuration: "50ms" },
    ],
    after_llm_call: [],
  },
};

it("Mermaid: levels and groups as subgraphs, the critical path thick, nothing of a label read as markup", async () => {
  expect(hooksToMermaid(await draw(GUARDED))).toBe(`flowchart LR
  subgraph point_before_llm_call["before_llm_call: strategy parallel, deadline 1s<br/>8ms in all, 5ms on the critical path"]
    subgraph level_before_llm_call_0["level 0"]
      subgraph group_before_llm_call_0_guards["at once: guards"]
        hook_before_llm_call_redact["redact<br/>required, 5ms"]:::critical
        hook_before_llm_call_injection["injection<br/>prompt_injection<br/>3ms"]
      end
    end
    subgraph level_before_llm_call_1["level 1"]
      hook_before_llm_call_end["end<br/>redact<br/>when context.data.x == #34;#60;b#62;#92;#92;#34;"]:::critical
      hook_before_llm_call_watch["watch<br/>cost<br/>background, 50ms"]:::background
    end
  end
  hook_before_llm_call_redact ==> hook_before_llm_call_end
  hook_before_llm_call_injection --> hook_before_llm_call_end
  hook_before_llm_call_injection --> hook_before_llm_call_watch
  classDef critical stroke-width:4px
  classDef background stroke-dasharray:4 4`);
});

it("DOT: levels as ranks, groups as clusters, the critical path thick, quotes and backslashes escaped", async () => {
  expect(hooksToDot(await draw(GUARDED))).toBe(`digraph hooks {
  rankdir=LR;
  newrank=true;
  node [shape=box];
  subgraph cluster_point_before_llm_call {
    label="before_llm_call: strategy parallel, deadline 1s\\n8ms in all, 5ms on the critical path";
    subgraph cluster_group_before_llm_call_0_guards {
      label="at once: guards";
      hook_before_llm_call_redact [label="redact\\nrequired, 5ms", penwidth=3];
      hook_before_llm_call_injection [label="injection\\nprompt_injection\\n3ms"];
    }
    { rank=same; hook_before_llm_call_redact; hook_before_llm_call_injection; }
    hook_before_llm_call_end [label="end\\nredact\\nwhen context.data.x == \\"<b>\\\\\\\\\\"", penwidth=3];
    hook_before_llm_call_watch [label="watch\\ncost\\nbackground, 50ms", style=dashed];
    { rank=same; hook_before_llm_call_end; hook_before_llm_call_watch; }
    hook_before_llm_call_redact -> hook_before_llm_call_end [penwidth=3];
    hook_before_llm_call_injection -> hook_before_llm_call_end;
    hook_before_llm_call_injection -> hook_before_llm_call_watch;
  }
}`);
});

it("draws a point without dependencies as one level, and marks nothing where no duration is known", async () => {
  const points = { before_tool_call: ["a", "b"].map((id) => ({ id, use: "redact" })) };
  const drawn = await draw({ points });
  expect(hooksToMermaid(drawn)).toBe(`flowchart LR
  subgraph point_before_tool_call["before_tool_call: strategy sequential"]
    subgraph level_before_tool_call_0["level 0"]
      hook_before_tool_call_a["a<br/>redact"]
      hook_before_tool_call_b["b<br/>redact"]
    end
  end
  classDef critical stroke-width:4px
  classDef background stroke-dasharray:4 4`);
  expect(hooksToDot(drawn)).toBe(`digraph hooks {
  rankdir=LR;
  newrank=true;
  node [shape=box];
  subgraph cluster_point_before_tool_call {
    label="before_tool_call: strategy sequential";
    hook_before_tool_call_a [label="a\\nredact"];
    hook_before_tool_call_b [label="b\\nredact"];
    { rank=same; hook_before_tool_call_a; hook_before_tool_call_b; }
  }
}`);
});

it("draws one group on two levels as two", async () => {
  const member = { use: "redact", mode: "parallel", group: "g" };
  const [point] = await draw({
    points: {
      before_llm_call: [
        { id: "a", ...member },
        { id: "b", ...member, dependsOn: ["a"] },
      ],
    },
  });
  expect(point?.levels.map(({ groups }) => groups.map(({ id, hooks }) => [id, hooks.length]))).toEqual([
    [["group_before_llm_call_0_g", 1]],
    [["group_before_llm_call_1_g", 1]],
  ]);
});

it("marks of two ways to a hook only the longer one", async () => {
  const hook = (id: string, expectedDuration: string, ...dependsOn: readonly string[]) => {
    return { id, use: "redact", expectedDuration, dependsOn };
  };
  const [point] = await draw({
    points: {
      before_llm_call: [hook("a", "1ms"), hook("b", "9ms"), hook("c", "1ms", "a", "b"), hook("d", "1ms", "a")],
    },
  });
  expect(point?.dependencies.filter(({ isCritical }) => isCritical)).toEqual([
    { from: "hook_before_llm_call_b", to: "hook_before_llm_call_c", isCritical: true },
  ]);
  expect(point?.title).toContain("12ms in all, 10ms on the critical path");
});

it("has nothing to draw where no hook is configured", async () => {
  expect(await draw({ points: { before_llm_call: [] } })).toEqual([]);
});
