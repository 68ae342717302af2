import { didYouMean } from "../diagnostics/suggestion.ts";
import type { ConfigPath } from "../reading/config-node.ts";
import type { FoundProblem } from "./findings.ts";

/** The keyword `x-graph`: which key of each item is its name, and which lists the names that it depends on. */
export interface GraphKeyword {
  readonly id: string;
  readonly edges: string;
}

interface GraphItem {
  readonly id: string;
  readonly edges: readonly string[];
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
      if (byId.has(edge)) return;
      const message = `\`${item.id}\` depends on \`${edge}\`, which is no item of this list.`;
      const hint = didYouMean(
        edge,
        [...byId.keys()].filter((id) => id !== item.id),
      );
      const place = [...path, item.index, keyword.edges, position];
      problems.push({ code: "LLMSPELL_E_REFERENCE_UNKNOWN", message, path: place, hint });
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

function toItem(value: unknown, { id, edges }: GraphKeyword, index: number): GraphItem | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const name = fields[id];
  const names = fields[edges];
  if (typeof name !== "string") return undefined;
  return { id: name, edges: Array.isArray(names) ? names.filter((edge) => typeof edge === "string") : [], index };
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
