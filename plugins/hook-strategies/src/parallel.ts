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
  compile({ hooks }) {
    const roots = hooks.filter((hook) => hook.dependencies.length === 0);
    return (execution) => {
      const waiting = hooks.map((hook) => hook.dependencies.length);
      const ready = new ReadyHooks(roots);
      let inFlight = 0;
      let done: PromiseWithResolvers<void> | undefined;
      const release = (hook: PlannedHook) => {
        for (const index of hook.dependents) {
          const dependent = hooks[index];
          waiting[index] = (waiting[index] ?? 0) - 1;
          if (dependent !== undefined && waiting[index] === 0) ready.add(dependent);
        }
      };
      const callReady = () => {
        for (let hook = ready.take(); hook !== undefined && !execution.hasEnded; hook = ready.take()) {
          const pending = execution.call(hook, execution.dataAfterDependencies(hook));
          if (pending === undefined) release(hook);
          else awaitAnswer(hook, pending);
        }
        if (inFlight === 0) done?.resolve();
      };
      const awaitAnswer = (hook: PlannedHook, pending: Promise<void>) => {
        inFlight++;
        void pending.then(() => {
          inFlight--;
          release(hook);
          callReady();
        });
      };
      const merge = () => execution.merge(hooks);
      callReady();
      if (inFlight === 0) {
        merge();
        return undefined;
      }
      done = Promise.withResolvers();
      return done.promise.then(merge);
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
    const place = this.#hooks.findIndex(({ index }) => index < hook.index);
    this.#hooks.splice(place < 0 ? this.#hooks.length : place, 0, hook);
  }

  take(): PlannedHook | undefined {
    return this.#hooks.pop();
  }
}
