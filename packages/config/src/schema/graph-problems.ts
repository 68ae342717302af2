import { didYouMean, listNames } from "../diagnostics/suggestion.ts";
import type { ConfigPath } from "../reading/config-node.ts";
import type { FoundProblem } from "./findings.ts";

/** The keyword `x-graph`: which key of each item is its name, and which lists the names that it depends on. */
export interface GraphKeyword {
  readonly id: string;
  readonly edges: string;
  /** Nothing can depend on an item that has this value under this key. */
  readonly leaf?: Readonly<Record<string, unknown>>;
}

interface GraphItem {
  readonly id: string;
  readonly edges: readonly string[];
  /** What makes it one that nothing can depend on, if anything does: `` `mode` is `background` ``. */
  readonly leaf: string | undefined;
  readonly index: number;
}

/** What is wrong with a list of items that depend on each other: a name twice, a dependency on nothing, a cycle. */
export function findGraphProblems(list: readonly unknown[], keyword: GraphKeyword, path: ConfigPath): FoundProblem[] {
  const items = list.map((value, index) => toItem(value, keyword, index)).filter((item) => item !== undefined);
  const byId = new Map<string, GraphItem>();
  const problems: FoundProblem[] = [];
  for (const item of items) {
    if (byId.has(item.id)) {
      const message = `Two items of this list have the ${keyword.id} \`${item.id}\`.`;
      problems.push({ code: "LLMSPELL_E_NAME_TWICE", message, path: [...path, item.index, keyword.id] });
    } else byId.set(item.id, item);
  }
  for (const item of items) {
    item.edges.forEach((edge, position) => {
      const problem = edgeProblem(item, edge, byId);
      if (problem !== undefined) problems.push({ ...problem, path: [...path, item.index, keyword.edges, position] });
    });
  }
  const cycle = findCycle(byId);
  const first = byId.get(cycle?.[0] ?? "");
  if (cycle !== undefined && first !== undefined) {
    const message = `The dependencies form a cycle: ${[...cycle, cycle[0]].join(" → ")}.`;
    problems.push({ code: "LLMSPELL_E_DEPENDENCY_CYCLE", message, path: [...path, first.index, keyword.edges] });
  }
  return problems;
}

function edgeProblem(
  { id }: GraphItem,
  edge: string,
  byId: ReadonlyMap<string, GraphItem>,
): Omit<FoundProblem, "path"> | undefined {
  const target = byId.get(edge);
  if (target === undefined) {
    const others = [...byId.keys()].filter((other) => other !== id);
    const all = others.length === 0 ? "The list has no other item." : `There is ${listNames(others, "and")}.`;
    const message = `\`${id}\` depends on \`${edge}\`, which is no item of this list.`;
    return { code: "LLMSPELL_E_REFERENCE_UNKNOWN", message, hint: didYouMean(edge, others) ?? all };
  }
  if (target.leaf === undefined) return undefined;
  const message = `\`${id}\` depends on \`${edge}\`, but nothing can depend on that: its ${target.leaf}.`;
  return { code: "LLMSPELL_E_DEPENDENCY_LEAF", message };
}

function toItem(value: unknown, { id, edges, leaf = {} }: GraphKeyword, index: number): GraphItem | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const name = fields[id];
  const names = fields[edges];
  if (typeof name !== "string") return undefined;
  const isLeafBy = ([key, value]: [string, unknown]) => fields[key] === value;
  const [key, found] = Object.entries(leaf).find(isLeafBy) ?? [];
  return {
    id: name,
    edges: Array.isArray(names) ? names.filter((edge) => typeof edge === "string") : [],
    leaf: key === undefined ? undefined : `\`${key}\` is \`${String(found)}\``,
    index,
  };
}

/** The names along one cycle, by depth-first search; `undefined` when there is none. */
function findCycle(items: ReadonlyMap<string, GraphItem>): string[] | undefined {
  const done = new Set<string>();
  const visit = (id: string, trail: readonly string[]): string[] | undefined => {
    const start = trail.indexOf(id);
    if (start >= 0) return trail.slice(start);
    if (done.has(id)) return undefined;
    for (const edge of items.get(id)?.edges ?? []) {
      const cycle = visit(edge, [...trail, id]);
      if (cycle !== undefined) return cycle;
    }
    done.add(id);
    return undefined;
  };
  for (const id of items.keys()) {
    const cycle = visit(id, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
