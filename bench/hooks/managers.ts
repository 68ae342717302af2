import { type HookDefinition, HookManager, type HookStrategy, sequentialStrategy } from "@llmspell/hooks";

export const POINT = "before_llm_call";

/** A manager with hooks of the ids `h0`, `h1`, … at one point; `strategy` is sequential unless given. */
export function managerOf(
  hooks: readonly Omit<HookDefinition, "id">[],
  strategy: HookStrategy = sequentialStrategy,
): HookManager {
  const manager = new HookManager({}, { strategy });
  for (const [index, hook] of hooks.entries()) manager.register(POINT, { id: `h${index}`, ...hook });
  return manager;
}

/** Runs the point; a promise would mean that what is measured is not what it is called. */
export function assertSynchronous(manager: HookManager): void {
  const run = manager.run(POINT, { data: {} });
  if (run instanceof Promise || run.status !== "completed") throw new Error("The run was not synchronous.");
}
