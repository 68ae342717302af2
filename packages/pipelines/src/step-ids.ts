import { pipelineErrors } from "./errors.ts";
import type { PipelineStep } from "./section.ts";

const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * What each step's result is called: its `id`; else the name of what it works on, numbered when that is taken.
 *
 * @throws LLMSPELL_E_PIPELINE_OPTIONS when two steps are given the same `id`
 */
export function nameSteps(steps: readonly PipelineStep[], pipeline: string): string[] {
  const taken = new Set<string>();
  for (const { id } of steps) {
    if (id === undefined) continue;
    if (taken.has(id)) {
      throw pipelineErrors.LLMSPELL_E_PIPELINE_OPTIONS({ pipeline, problem: `two steps have the id \`${id}\`` });
    }
    taken.add(id);
  }
  return steps.map((step) => {
    const id = step.id ?? firstFree(naturalName(step), taken);
    taken.add(id);
    return id;
  });
}

function naturalName(step: PipelineStep): string {
  if ("use" in step) return typeof step.use === "string" && NAME.test(step.use) ? step.use : "step";
  if ("tool" in step) return step.tool;
  if ("agent" in step) return step.agent;
  if ("hooks" in step) return step.hooks;
  if ("write" in step) return step.write;
  if ("invalidate" in step) return "invalidate";
  return NAME.test(step.emit) ? step.emit : "emit";
}

function firstFree(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}_${number}`)) number++;
  return `${name}_${number}`;
}
