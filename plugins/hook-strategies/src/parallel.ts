import type { HookStrategy, PlannedHook } from "@llmspell/hooks";

/**
 * Dataflow: a hook starts the moment its dependencies have answered, so that a run takes as long as the critical path.
 *
 * Only `dependsOn` orders the hooks; of those that may start together, the one of higher priority starts first. Each sees
 * the changes of those that it depends on, and of no others, and is merged in plan order at the end, so that the result
 * does not depend on which hook was faster.
 */
export const parallelStrategy: HookStrategy = {
  name: "parallel",
  callsInPlanOrder: true,
  awaitsEach: false,
  needsTime: false,
  compile({ hooks }) {
    const dependencyCounts = hooks.map((hook) => hook.dependencies.length);
    const roots = hooks.filter((hook) => hook.dependencies.length === 0);
    return (execution) => {
      const waiting = dependencyCounts.slice();
      const ready = new ReadyHooks(roots);
      let left = hooks.length;
      const release = (hook: PlannedHook) => {
        left--;
        for (const index of hook.dependents) {
          const open = (waiting[index] ?? 0) - 1;
          waiting[index] = open;
          const dependent = hooks[index];
          if (open === 0 && dependent !== undefined) ready.add(dependent);
        }
      };
      const callReady = () => {
        for (let hook = ready.take(); hook !== undefined; hook = ready.take()) {
          if (execution.call(hook, whenDone, execution.dataAfterDependencies(hook))) release(hook);
        }
        if (left === 0) execution.merge(hooks);
      };
      const whenDone = (hook: PlannedHook) => {
        release(hook);
        callReady();
      };
      callReady();
    };
  },
};

/** Hooks that may start: the one that stands first in the plan, where priority puts it, is taken first. */
class ReadyHooks {
  /** Last in the plan first, so that taking one moves no other. */
  readonly #hooks: PlannedHook[];

  constructor(inPlanOrder: readonly PlannedHook[]) {
    this.#hooks = inPlanOrder.toReversed();
  }

  add(hook: PlannedHook): void {
    let place = this.#hooks.length;
    while (place > 0 && (this.#hooks[place - 1]?.index ?? hook.index) < hook.index) place--;
    this.#hooks.splice(place, 0, hook);
  }

  take(): PlannedHook | undefined {
    return this.#hooks.pop();
  }
}
