import type { HookStrategy, PlannedHook } from "@llmspell/hooks";

/**
 * Dataflow: a hook starts the moment its dependencies have answered, so that a run takes as long as the critical path.
 *
 * Only `dependsOn` orders the hooks: each sees the changes of those that it depends on, and of no others, and is merged
 * in plan order at the end, so that the result does not depend on which hook was faster.
 */
export const parallelStrategy: HookStrategy = {
  name: "parallel",
  compile({ hooks }) {
    const roots = hooks.filter((hook) => hook.dependencies.length === 0).toReversed();
    return (execution) => {
      const waiting = hooks.map((hook) => hook.dependencies.length);
      const ready = [...roots];
      let inFlight = 0;
      let done: PromiseWithResolvers<void> | undefined;
      const release = (hook: PlannedHook) => {
        // The last one in is called next, so dependents go in backwards to be called in plan order.
        for (const index of hook.dependents.toReversed()) {
          const dependent = hooks[index];
          waiting[index] = (waiting[index] ?? 0) - 1;
          if (dependent !== undefined && waiting[index] === 0) ready.push(dependent);
        }
      };
      const callReady = () => {
        for (let hook = ready.pop(); hook !== undefined && !execution.hasEnded; hook = ready.pop()) {
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
